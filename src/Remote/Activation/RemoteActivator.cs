using Remote.Actors;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Remote spawn, both sides: asks the activators of other nodes and runs our own.</summary>
internal sealed class RemoteActivator(NodeContext context, IReadOnlyDictionary<string, Props> kinds, EndpointDiallers diallers)
{
    private PID[] _activators = [];

    /// <summary>Starts an activator under each of the two ids that peers ask for.</summary>
    public void Register() => _activators = [Spawn(SpawnStatus.DotNet), Spawn(SpawnStatus.Go)];

    /// <summary>Completes when both are gone: another node may then start on the same system.</summary>
    public Task UnregisterAsync() => Task.WhenAll(_activators.Select(context.ActorSystem.Root.StopAsync));

    public async Task<PID> SpawnAsync(string address, string name, string kind, CancellationToken cancellationToken)
    {
        if (!context.IsOwnAddress(address) && !ClientAddress.IsClient(address) && !PeerAddress.IsValid(address))
        {
            throw Failure(RemoteError.InvalidAddress, address, $"'{address}' is no address; expected host:port or unix:///path.");
        }

        if (diallers.IsStopping)
        {
            throw StoppedNodeProcess.NotRunning(context.Address, address);
        }

        using var deadline = new CancellationTokenSource(context.Options.RequestTimeout, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var request = new Wire.ActorPidRequest { Name = name, Kind = kind };
            return Read(await AskAsync(address, request, both.Token).ConfigureAwait(false), address, request);
        }
        catch (DeadLetterException exception)
        {
            var error = exception.Reason == RemoteDeadLetterReasons.Blocked ? RemoteError.Blocked : RemoteError.Unreachable;
            throw Failure(error, address, $"{address} did not get the request to spawn '{kind}': {exception.Reason.Name}.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            var message = $"{address} did not answer the request to spawn '{kind}' within {context.Options.RequestTimeout}.";
            throw Failure(RemoteError.Timeout, address, message, exception);
        }
    }

    private PID Spawn(SpawnStatus status) =>
        context.ActorSystem.Root.SpawnNamed(Props.FromProducer(() => new ActivatorActor(kinds, context.Log, status)), status.ActivatorId);

    private async Task<Wire.ActorPidResponse> AskAsync(string address, Wire.ActorPidRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(SpawnStatus.DotNet).ConfigureAwait(false);
        }
        catch (DeadLetterException exception) when (exception.Reason == DeadLetterReason.NoSuchProcess)
        {
            // The peer is there but has no such actor: a Go node, which calls it differently.
            return await AskAsync(SpawnStatus.Go).ConfigureAwait(false);
        }

        Task<Wire.ActorPidResponse> AskAsync(SpawnStatus status) =>
            context.ActorSystem.Root.RequestAsync<Wire.ActorPidResponse>(new PID(address, status.ActivatorId), request, cancellationToken);
    }

    /// <summary>Needs no table of the peer's codes: 0 is success, and a PID without success is the one that has the name.</summary>
    private PID Read(Wire.ActorPidResponse response, string address, Wire.ActorPidRequest request)
    {
        if (response.Pid is not { Id.Length: > 0 } pid)
        {
            var message = $"{address} could not spawn kind '{request.Kind}' (status {response.StatusCode}). "
                + "Is the kind registered there? Its log has the cause.";
            throw Failure(RemoteError.SpawnFailed, address, message);
        }

        // An empty address is the peer's own.
        var where = pid.Address.Length == 0 ? address : pid.Address;
        var local = new PID(context.IsOwnAddress(where) ? "" : where, pid.Id);
        return response.StatusCode == SpawnStatus.Ok
            ? local
            : throw Failure(RemoteError.NameExists, address, $"{address} has a process called '{request.Name}' already.", pid: local);
    }

    private static RemoteException Failure(RemoteError error, string address, string message, Exception? cause = null, PID? pid = null) =>
        new(error, message, cause) { Address = address, Pid = pid };
}
