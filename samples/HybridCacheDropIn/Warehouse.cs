/// <summary>The slow system behind the shop. It counts how often it is asked.</summary>
internal sealed class Warehouse(TimeProvider time)
{
    private static readonly TimeSpan _delay = TimeSpan.FromMilliseconds(200);

    private int _queries;

    public int Queries => Volatile.Read(ref _queries);

    public decimal Price { get; set; } = 4.20m;

    public async ValueTask<Product> FindAsync(int number, CancellationToken stop)
    {
        Interlocked.Increment(ref _queries);
        var found = new Product(number, "Tea", Price);
        await Task.Delay(_delay, time, stop);
        return found;
    }
}
