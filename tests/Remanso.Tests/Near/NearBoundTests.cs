using Remanso.Near;
using Xunit;

namespace Remanso.Tests.Near;

public sealed class NearBoundTests
{
    [Fact]
    public void It_never_holds_more_keys_than_it_may()
    {
        var bed = new NearBed(static options => options.Near.MaxEntries = 100);

        for (var i = 0; i < 5000; i++)
        {
            bed.Hold($"{i}", NearBed.Entry(7));
            Assert.InRange(bed.Near.Entries, 1, 100);
        }

        Assert.Equal(100, bed.Near.Entries);
        Assert.Equal(100, Enumerable.Range(0, 5000).Count(i => bed.Near.Find($"{i}") is not null));
    }

    [Fact]
    public void It_never_holds_more_bytes_than_it_may()
    {
        var bed = new NearBed(static options => options.Near.MaxBytes = 64 << 10);
        var value = new string('v', 1000);

        for (var i = 0; i < 5000; i++)
        {
            bed.Hold($"{i}", NearBed.Entry(7, value));
            Assert.InRange(bed.Near.Bytes, 1, 64 << 10);
        }

        Assert.InRange(bed.Near.Entries, 40, 60);
    }

    [Fact]
    public void Tags_count_as_the_bytes_that_they_take()
    {
        var bed = new NearBed(static options => options.Near.MaxBytes = 64 << 10);

        for (var i = 0; i < 500; i++)
        {
            bed.Hold($"{i}", NearBed.Entry(7, tags: [.. Enumerable.Range(0, 16).Select(n => $"{i}.{n} {new string('t', 34)}")]));
        }

        Assert.InRange(bed.Near.Entries * 16 * 2 * 38, 1, 64 << 10);
    }

    [Fact]
    public void What_could_never_fit_drives_nothing_out()
    {
        var bed = new NearBed(static options => options.Near.MaxBytes = 64 << 10);
        bed.Hold("small", NearBed.Entry(7));

        bed.Hold("large", NearBed.Entry(7, new string('v', 70_000)));

        Assert.Null(bed.Value("large"));
        Assert.Equal("v7", bed.Value("small"));
    }

    [Fact]
    public void Bytes_are_those_of_keys_and_encoded_values_through_all_changes()
    {
        var bed = new NearBed();
        bed.Hold("key", NearBed.Entry(7, "12345"));
        Assert.Equal(NearSlot<string, string>.Overhead + 6 + 5, bed.Near.Bytes);

        bed.Hold("key", NearBed.Entry(8, "123456789"));
        Assert.Equal(NearSlot<string, string>.Overhead + 6 + 9, bed.Near.Bytes);

        bed.Near.OnChanged("key", 9);
        Assert.Equal(0, bed.Near.Bytes);
    }

    [Fact]
    public void A_scan_does_not_drive_out_what_is_read_again_and_again_even_if_it_changes_at_times()
    {
        var bed = new NearBed(static options => options.Near.MaxEntries = 100);
        long version = 7;
        for (var i = 0; i < 3000; i++)
        {
            var hot = $"hot:{i % 20}";
            if (bed.Value(hot) is null)
            {
                bed.Hold(hot, NearBed.Entry(version));
            }

            bed.Hold($"scan:{i}", NearBed.Entry(version));
            if (i % 100 == 99)
            {
                bed.Near.OnChanged(hot, ++version);
            }
        }

        Assert.InRange(Enumerable.Range(0, 20).Count(i => bed.Near.Find($"hot:{i}") is not null), 19, 20);
    }

    [Fact]
    public async Task From_many_threads_it_stays_within_its_bounds_and_its_sums_add_up()
    {
        var bed = new NearBed(static options => options.Near.MaxEntries = 200);
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(thread =>
                    Task.Run(() =>
                    {
                        var random = new Random(thread);
                        for (var i = 0; i < 50_000; i++)
                        {
                            var key = $"{random.Next(400)}";
                            if (random.Next(4) == 0)
                            {
                                bed.Near.OnChanged(key, i);
                            }
                            else if (bed.Value(key) is null)
                            {
                                bed.Hold(key, NearBed.Entry(i + 1, "value"));
                            }
                        }
                    })
                )
        );

        var held = Enumerable.Range(0, 400).Select(i => $"{i}").Where(key => bed.Near.Find(key) is not null).ToArray();
        Assert.Equal(held.Length, bed.Near.Entries);
        Assert.Equal(held.Sum(key => NearSlot<string, string>.Overhead + (2 * key.Length) + 5), bed.Near.Bytes);
        Assert.InRange(held.Length, 1, 200);
    }
}
