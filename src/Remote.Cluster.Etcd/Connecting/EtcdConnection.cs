using Etcdserverpb;
using Grpc.Core;
using Grpc.Net.Client;

namespace Remote.Cluster.Etcd;

/// <summary>
/// One channel to one member of etcd, with one token. It repeats nothing and hides nothing: each call has a time limit and ends in an answer or an
/// <see cref="EtcdCallException"/>, after which its owner goes on with a new connection. Thread-safe.
/// </summary>
internal sealed class EtcdConnection(Uri endpoint, GrpcChannel channel, TimeSpan callTimeout, TimeProvider time) : IDisposable
{
    private readonly KV.KVClient _keys = new(channel);
    private readonly Lease.LeaseClient _leases = new(channel);
    private readonly Watch.WatchClient _watches = new(channel);
    private readonly Auth.AuthClient _users = new(channel);
    private Metadata _headers = [];

    public Uri Endpoint { get; } = endpoint;

    /// <summary>Gets a token for all later calls. <see langword="false"/>: etcd has no authentication enabled, so none is needed.</summary>
    public async Task<bool> AuthenticateAsync(string user, string password, CancellationToken cancellationToken)
    {
        var request = new AuthenticateRequest { Name = user, Password = password };
        try
        {
            var answer = await CallAsync(token => _users.AuthenticateAsync(request, cancellationToken: token).ResponseAsync, cancellationToken)
                .ConfigureAwait(false);
            _headers = new Metadata { { "token", answer.Token } };
            return true;
        }
        catch (EtcdCallException exception) when (exception.InnerException is RpcException { StatusCode: StatusCode.FailedPrecondition })
        {
            return false;
        }
    }

    public Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancellationToken) =>
        CallAsync(token => _keys.RangeAsync(request, _headers, cancellationToken: token).ResponseAsync, cancellationToken);

    public Task<TxnResponse> TransactAsync(TxnRequest request, CancellationToken cancellationToken) =>
        CallAsync(token => _keys.TxnAsync(request, _headers, cancellationToken: token).ResponseAsync, cancellationToken);

    public Task<LeaseGrantResponse> GrantAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        var request = new LeaseGrantRequest { TTL = (long)timeToLive.TotalSeconds };
        return CallAsync(token => _leases.LeaseGrantAsync(request, _headers, cancellationToken: token).ResponseAsync, cancellationToken);
    }

    /// <summary>Ends the lease and what is under it. That etcd does not know it any more is as good.</summary>
    public async Task RevokeAsync(long lease, CancellationToken cancellationToken)
    {
        var request = new LeaseRevokeRequest { ID = lease };
        try
        {
            await CallAsync(token => _leases.LeaseRevokeAsync(request, _headers, cancellationToken: token).ResponseAsync, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (EtcdCallException exception) when (exception.InnerException is RpcException { StatusCode: StatusCode.NotFound })
        {
            // Gone is gone.
        }
    }

    /// <summary>
    /// Renews the lease, on a stream of its own: nothing of an earlier answer that came late can be taken for this one's. The time it has left, zero
    /// when etcd knows no such lease.
    /// </summary>
    public Task<TimeSpan> KeepAliveAsync(long lease, CancellationToken cancellationToken) => CallAsync(
        async token =>
        {
            using var call = _leases.LeaseKeepAlive(_headers, cancellationToken: token);
            await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = lease }, token).ConfigureAwait(false);
            if (!await call.ResponseStream.MoveNext(token).ConfigureAwait(false))
            {
                throw new EtcdCallException(Endpoint, EtcdFailure.Refused, "the keep-alive of the lease ended without an answer");
            }

            var left = TimeSpan.FromSeconds(call.ResponseStream.Current.TTL);
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
            return left;
        },
        cancellationToken);

    /// <summary>Opens a watch; its first answer is awaited within the time limit of a call, all others for as long as it takes.</summary>
    public async Task<EtcdWatch> WatchAsync(WatchCreateRequest request, CancellationToken cancellationToken)
    {
        var watch = new EtcdWatch(this, _watches.Watch(_headers, cancellationToken: cancellationToken));
        try
        {
            await CallAsync(token => watch.CreateAsync(request, token), cancellationToken).ConfigureAwait(false);
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>One step of a call that has no time limit: its failure is judged like any other.</summary>
    public async Task<T> JudgeAsync<T>(Func<Task<T>> step, CancellationToken cancellationToken)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (RpcException exception)
        {
            throw FailureJudge.Judge(Endpoint, exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw FailureJudge.Broken(Endpoint, exception);
        }
    }

    public void Dispose() => channel.Dispose();

    private async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(callTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A write that a stopped peer does not read ignores its token; the wait does not.
            return await JudgeAsync(() => call(both.Token).WaitAsync(both.Token), both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EtcdCallException(Endpoint, EtcdFailure.NoAnswer, $"no answer within {callTimeout.TotalSeconds:0.###} s", exception);
        }
    }
}
