using System.Diagnostics;
using Proto.Cluster;

namespace OrderCluster;

/// <summary>
/// Places orders, many at a time, each again and again until it is booked: that is safe, because a customer books an order once however often it is asked.
/// </summary>
internal sealed class OrderStream(Proto.Cluster.Cluster cluster, int orders, int customers)
{
    private const int AtOnce = 32;

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private long _asked;
    private int _next;
    private int _booked;
    private TimeSpan _longest;

    /// <summary>Orders that are booked, as far as their customers have said so.</summary>
    public int Booked => Volatile.Read(ref _booked);

    /// <summary>Requests beyond one for each order: they got no answer, or were told to come again.</summary>
    public long Repeated => Volatile.Read(ref _asked) - Booked;

    /// <summary>The longest that an order had to wait.</summary>
    public TimeSpan Longest
    {
        get
        {
            lock (_gate)
            {
                return _longest;
            }
        }
    }

    /// <summary>Whose the order is.</summary>
    public string CustomerOf(long order) => $"customer-{order % customers}";

    /// <summary>What the order is worth.</summary>
    public static long CentsOf(long order) => 100 + (order * 37 % 9_900);

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => PlaceAllAsync(cancellation), cancellation)));

    private async Task PlaceAllAsync(CancellationToken cancellation)
    {
        while (Interlocked.Increment(ref _next) is var number && number <= orders)
        {
            var since = Stopwatch.GetTimestamp();
            while (!await TryPlaceAsync(number, cancellation))
            {
                await Task.Delay(Breath, cancellation);
            }

            Interlocked.Increment(ref _booked);
            lock (_gate)
            {
                var took = Stopwatch.GetElapsedTime(since);
                _longest = took > _longest ? took : _longest;
            }
        }
    }

    private async Task<bool> TryPlaceAsync(int number, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(RequestTimeout);
        Interlocked.Increment(ref _asked);
        try
        {
            var order = new PlaceOrder { Number = number, Cents = CentsOf(number) };
            return await cluster.RequestAsync<object>(CustomerOf(number), CustomerActor.Kind, order, late.Token) is OrderBooked;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Nobody knows whether it is booked: it is placed again.
            return false;
        }
    }
}
