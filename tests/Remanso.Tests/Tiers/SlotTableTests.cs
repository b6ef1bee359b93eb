using Remanso.Common;
using Remanso.Entries;
using Remanso.Tiers.Memory;
using Xunit;

namespace Remanso.Tests.Tiers;

public sealed class SlotTableTests
{
    private readonly SlotTable _table = new();

    [Fact]
    public void It_finds_what_was_added_and_not_what_was_removed()
    {
        var slots = Enumerable.Range(0, 5000).Select(i => Slot($"key:{i}")).ToArray();
        foreach (var slot in slots)
        {
            _table.Add(slot);
        }

        foreach (var slot in slots.Where((_, i) => i % 3 == 0))
        {
            _table.Remove(slot);
        }

        for (var i = 0; i < slots.Length; i++)
        {
            Assert.Equal(i % 3 == 0 ? null : slots[i], _table.Find($"key:{i}"));
        }

        Assert.Equal(3333, _table.Count);
        Assert.Equal(3333, _table.All().Distinct().Count());
    }

    [Fact]
    public void The_empty_key_is_a_key_as_any_other()
    {
        var slot = Slot(string.Empty);
        _table.Add(slot);
        Assert.Same(slot, _table.Find(string.Empty));
        _table.Remove(slot);
        Assert.Null(_table.Find(string.Empty));
    }

    [Fact]
    public void Comings_and_goings_of_one_key_do_not_fill_it()
    {
        for (var i = 0; i < 10_000; i++)
        {
            var slot = Slot("key");
            _table.Add(slot);
            Assert.Same(slot, _table.Find("key"));
            _table.Remove(slot);
        }

        Assert.Null(_table.Find("key"));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public async Task A_reader_always_finds_a_key_that_stays()
    {
        _table.Add(Slot("stays"));
        var writer = Task.Run(() =>
        {
            for (var round = 0; round < 20; round++)
            {
                var slots = Enumerable.Range(0, 2000).Select(i => Slot($"{round}:{i}")).ToArray();
                foreach (var slot in slots)
                {
                    _table.Add(slot);
                }

                foreach (var slot in slots)
                {
                    _table.Remove(slot);
                }
            }
        });
        while (!writer.IsCompleted)
        {
            Assert.NotNull(_table.Find("stays"));
        }

        await writer;
    }

    [Fact]
    public void The_hash_tells_keys_of_every_length_apart()
    {
        var keys = Enumerable
            .Range(0, 40)
            .SelectMany(length =>
                Enumerable
                    .Range(0, Math.Max(1, length))
                    .Select(at => new string('a', at) + (length == 0 ? "" : "b") + new string('a', Math.Max(0, length - at - 1)))
            );
        var hashes = keys.Distinct().Select(KeyHasher.Of).ToArray();
        Assert.InRange(hashes.Distinct().Count(), hashes.Length - 2, hashes.Length);
        Assert.Equal(KeyHasher.Of("a key"), KeyHasher.Of(new string("a key")));
    }

    private static MemorySlot Slot(string key) => new(key, null!, new CacheEntry { Version = 1 });
}
