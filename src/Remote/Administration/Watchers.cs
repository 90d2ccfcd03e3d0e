using Grpc.Core;

namespace Remote;

/// <summary>The calls that watch: how many there may be, and their end with the node. Thread-safe.</summary>
internal sealed class Watchers(int max)
{
    private readonly CancellationTokenSource _stopping = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a place, which is given back by its end.</summary>
    /// <param name="caller">The caller has gone.</param>
    /// <param name="abort">Resets the call, when it ends with a write under way: a caller that reads nothing would hold it for ever.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: there is none left. UNAVAILABLE: the node shuts down.</exception>
    public Place Enter(CancellationToken caller, Action abort)
    {
        if (_stopping.IsCancellationRequested)
        {
            throw CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.");
        }

        if (Interlocked.Increment(ref _count) > max)
        {
            Interlocked.Decrement(ref _count);
            throw CallFailure.Of(StatusCode.ResourceExhausted, $"{max} calls watch this node already (Administration.MaxWatchers).");
        }

        return new Place(this, caller, abort);
    }

    public void Stop() => _stopping.Cancel();

    /// <summary>The place of one call.</summary>
    internal sealed class Place(Watchers owner, CancellationToken caller, Action abort) : IDisposable
    {
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(caller, owner._stopping.Token);

        /// <summary>Cancelled when the caller has gone or the node shuts down.</summary>
        public CancellationToken Token => _end.Token;

        /// <summary>Waits for a write, which takes as long as the caller takes to read, but not longer than the call.</summary>
        public async Task WriteAsync(Task write)
        {
            try
            {
                await write.WaitAsync(Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                abort();

                // It fails in its own time, with the call.
                Detached.Forget(write);
                throw;
            }
        }

        public void Dispose()
        {
            _end.Dispose();
            Interlocked.Decrement(ref owner._count);
        }
    }
}
