using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>Who gets which object: what can change is nobody else's, what can't is everybody's.</summary>
public abstract class HybridInstanceConformance(FaceHarness harness) : HybridSuite(harness)
{
    [Fact]
    public async Task Each_caller_gets_an_object_of_its_own()
    {
        var first = await GetAsync("k", new Customer { Name = "a", Orders = [1] });
        var second = await GetAsync("k", new Customer());
        var third = await GetAsync("k", new Customer());
        Assert.Equal(3, new HashSet<object>([first, second, third], ReferenceEqualityComparer.Instance).Count);
        second.Name = "changed";
        second.Orders.Add(2);
        Assert.Equal("a", (await GetAsync("k", new Customer())).Name);
        Assert.Equal([1], third.Orders);
    }

    [Fact]
    public async Task Callers_that_share_one_factory_call_do_not_share_its_object()
    {
        var gate = new Gate();
        var calls = Enumerable
            .Range(0, 16)
            .Select(_ =>
                Cache
                    .GetOrCreateAsync("k", gate, static async (gate, token) =>
                    {
                        await gate.PassAsync(token);
                        return new Customer { Name = "a", Orders = [1] };
                    })
                    .AsTask()
            )
            .ToArray();
        await gate.ArrivedAsync();
        gate.Open();
        var got = await Task.WhenAll(calls);
        Assert.Equal(16, new HashSet<object>(got, ReferenceEqualityComparer.Instance).Count);
        foreach (var customer in got)
        {
            customer.Orders.Add(2);
        }

        Assert.All(got, static customer => Assert.Equal([1, 2], customer.Orders));
    }

    [Fact]
    public async Task What_was_set_is_not_the_object_that_was_given()
    {
        var given = new Customer { Name = "a" };
        await Cache.SetAsync("k", given);
        given.Name = "changed";
        Assert.Equal("a", (await GetAsync("k", new Customer())).Name);
    }

    [Fact]
    public async Task A_byte_array_is_nobody_elses()
    {
        byte[] given = [1, 2];
        await Cache.SetAsync("k", given);
        given[0] = 9;
        var got = await GetAsync<byte[]>("k", []);
        Assert.Equal(new byte[] { 1, 2 }, got);
        got[0] = 9;
        Assert.Equal(new byte[] { 1, 2 }, await GetAsync<byte[]>("k", []));
    }

    [Fact]
    public async Task What_never_changes_is_one_object_for_all()
    {
        var country = await GetAsync("country", new Country("PT", 10));
        var text = await GetAsync("text", new string('x', 3));
        for (var i = 0; i < 3; i++)
        {
            Assert.Same(country, await GetAsync("country", new Country("ES", 48)));
            Assert.Same(text, await GetAsync("text", "y"));
        }
    }

    [Fact]
    public async Task Callers_that_share_one_factory_call_share_what_never_changes()
    {
        var gate = new Gate();
        var calls = Enumerable
            .Range(0, 16)
            .Select(_ =>
                Cache
                    .GetOrCreateAsync("k", gate, static async (gate, token) =>
                    {
                        await gate.PassAsync(token);
                        return new Country("PT", 10);
                    })
                    .AsTask()
            )
            .ToArray();
        await gate.ArrivedAsync();
        // What is asked later is answered later: by then the others have joined.
        await GetAsync("later", 1);
        await GetAsync("last", 1);
        gate.Open();
        var got = await Task.WhenAll(calls);
        Assert.Single(new HashSet<object>(got, ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public async Task A_type_that_could_be_derived_from_is_not_shared_whatever_it_says()
    {
        var first = await GetAsync("k", new Open());
        Assert.NotSame(first, await GetAsync<Open>("k", new Derived()));
    }

    [System.ComponentModel.ImmutableObject(true)]
    private class Open;

    private sealed class Derived : Open;
}
