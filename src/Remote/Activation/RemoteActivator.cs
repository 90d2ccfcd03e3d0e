using Remote.Actors;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Remote spawn, both sides: asks the activators of other nodes and runs our own.</summary>
internal sealed class RemoteActivator(NodeContext context, IReadOnlyDictionary<string, Props> kinds, EndpointDiallers diallers)
{
    private PID[] _activators = [];

    /// <summary>Starts an activator under each of the two ids that peers ask for.</summary>
    public void Register() =>
        _activators = [.. new[] { SpawnStatus.DotNet, SpawnStatus.Go }.Select(status =>
            context.ActorSystem.Root.SpawnNamed(Props.FromProducer(() => new ActivatorActor(kinds, context.Log, status)), status.ActivatorId))];

    /// <summary>Completes when both are gone: another node may then start on the same system.</summary>
    public Task UnregisterAsync() => Task.WhenAll(_activators.Select(context.ActorSystem.Root.StopAsync));

    public async Task<PID> SpawnAsync(string address, string name, string kind, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        if (!context.IsOwnAddress(address) && !ClientAddress.IsClient(address) && !PeerAddress.IsValid(address))
        {
            throw new RemoteException(RemoteError.InvalidAddress, $"'{address}' is no address; expected host:port or unix:///path.") { Address = address };
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
            var response = await AskAsync(address, request, both.Token).ConfigureAwait(false);
            return Read(response, address, name, kind);
        }
        catch (DeadLetterException exception)
        {
            throw new RemoteException(
                exception.Reason == RemoteDeadLetterReasons.Blocked ? RemoteError.Blocked : RemoteError.Unreachable,
                $"{address} did not get the request to spawn '{kind}': {exception.Reason.Name}.", exception)
            { Address = address };
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteException(
                RemoteError.Timeout, $"{address} did not answer the request to spawn '{kind}' within {context.Options.RequestTimeout}.", exception)
            { Address = address };
        }
    }

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
    private PID Read(Wire.ActorPidResponse response, string address, string name, string kind)
    {
        PID? pid = response.Pid is { Id.Length: > 0 } wire ? Localize(wire, address) : null;
        if (response.StatusCode == SpawnStatus.Ok && pid is not null)
        {
            return pid;
        }

        if (pid is not null)
        {
            throw new RemoteException(RemoteError.NameExists, $"{address} has a process called '{name}' already.") { Address = address, Pid = pid };
        }

        throw new RemoteException(
            RemoteError.SpawnFailed, $"{address} could not spawn kind '{kind}' (status {response.StatusCode}). Is the kind registered there? Its log has the cause.")
        { Address = address };
    }

    private PID Localize(Wire.PID pid, string address)
    {
        // An empty address is the peer's own.
        var where = pid.Address.Length == 0 ? address : pid.Address;
        return new PID(context.IsOwnAddress(where) ? "" : where, pid.Id);
    }
}
