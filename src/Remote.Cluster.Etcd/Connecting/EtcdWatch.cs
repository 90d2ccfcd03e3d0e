using Etcdserverpb;
using Grpc.Core;

namespace Remote.Cluster.Etcd;

/// <summary>One open watch: a stream of its own with one watcher on it. Used by one reader at a time.</summary>
internal sealed class EtcdWatch(EtcdConnection connection, AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call) : IDisposable
{
    /// <summary>The answer to the creation: the revision that this member of etcd had then, or why it refused.</summary>
    public WatchResponse First { get; private set; } = null!;

    public async Task<WatchResponse> CreateAsync(WatchCreateRequest request, CancellationToken cancellationToken)
    {
        await call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = request }, cancellationToken).ConfigureAwait(false);
        First = await ReadAsync(cancellationToken).ConfigureAwait(false);
        return First;
    }

    public Task<WatchResponse> NextAsync(CancellationToken cancellationToken) =>
        connection.JudgeAsync(() => ReadAsync(cancellationToken), cancellationToken);

    public void Dispose() => call.Dispose();

    private async Task<WatchResponse> ReadAsync(CancellationToken cancellationToken) =>
        await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)
            ? call.ResponseStream.Current
            : throw new EtcdCallException(connection.Endpoint, EtcdFailure.Unavailable, "etcd ended the watch");
}
