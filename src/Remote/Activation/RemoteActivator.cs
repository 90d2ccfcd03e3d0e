using Proto;
using Wire = Proto.Remote;

namespace Remote;

/// <summary>Remote spawn, both sides: asks the activators of other nodes and runs our own.</summary>
internal sealed class RemoteActivator(NodeContext context, IReadOnlyDictionary<string, Props> kinds, EndpointDiallers diallers, EndpointTable endpoints)
{
    private PID[] _activators = [];

    /// <summary>Starts an activator under each of the two ids that peers ask for.</summary>
    public void Register() => _activators = [Spawn(SpawnStatus.DotNet), Spawn(SpawnStatus.Go)];

    /// <summary>Completes when both are gone: another node may then start on the same system.</summary>
    public Task UnregisterAsync() => Task.WhenAll(_activators.Select(context.ActorSystem.Root.StopAsync));

    public async Task<PID> SpawnAsync(string address, string name, string kind, CancellationToken cancellationToken)
    {
        if (!context.IsOwnAddress(address) && !ClientAddress.IsClient(address) && AddressFault.Of(address) is { } fault)
        {
            throw Failure(RemoteError.InvalidAddress, address, $"There can be no connection to '{UnixPath.Show(address)}': it {fault}.");
        }

        if (diallers.IsStopping)
        {
            throw EndpointManager.NotRunning(context.Address, address);
        }

        var request = new Wire.ActorPidRequest { Name = name, Kind = kind };
        using var deadline = new CancellationTokenSource(context.Options.RequestTimeout, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return Read(await AskAsync(address, request, both.Token).ConfigureAwait(false), address, request);
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // A future of Proto.Actor reports a cancelled token as a timeout.
            cancellationToken.ThrowIfCancellationRequested();
            var message = $"{address} did not answer the request to spawn '{kind}' within {context.Options.RequestTimeout}. {TroubleOf(address)}".TrimEnd();
            throw Failure(RemoteError.Timeout, address, message, exception);
        }
    }

    private PID Spawn(SpawnStatus status) =>
        context.ActorSystem.Root.SpawnNamed(Props.FromProducer(() => new ActivatorActor(kinds, context.Log, status)), status.ActivatorId);

    private async Task<Wire.ActorPidResponse> AskAsync(string address, Wire.ActorPidRequest request, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(SpawnStatus.DotNet).ConfigureAwait(false);
        if (answer is DeadLetterResponse absent && absent.GetReason() == DeadLetterReason.NoSuchProcess)
        {
            // The peer is there but has no such actor: a Go node, which calls it differently.
            answer = await AskAsync(SpawnStatus.Go).ConfigureAwait(false);
        }

        return answer switch
        {
            Wire.ActorPidResponse response => response,
            DeadLetterResponse dead => throw NotReached(address, request.Kind, dead.GetReason()),
            _ => throw Failure(RemoteError.SpawnFailed, address, $"{address} answered the request to spawn '{request.Kind}' with {answer}."),
        };

        // Not as a request of Proto.Actor, whose exception does not say why a message was not delivered.
        async Task<object> AskAsync(SpawnStatus status)
        {
            using var future = context.ActorSystem.Root.GetFuture();
            context.ActorSystem.Root.Request(new PID(address, status.ActivatorId), request, future.Pid);
            return MessageEnvelope.UnwrapMessage(await future.GetTask(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private string? TroubleOf(string address) => endpoints.Find(address)?.Trouble;

    private RemoteException NotReached(string address, string kind, DeadLetterReason reason)
    {
        if (reason == DeadLetterReason.Forbidden)
        {
            return Failure(RemoteError.Forbidden, address, $"{address} does not let this node spawn '{kind}'. Its log has the reason.");
        }

        var error = reason == DeadLetterReason.Blocked ? RemoteError.Blocked : RemoteError.Unreachable;
        return Failure(error, address, $"{address} did not get the request to spawn '{kind}': {reason.Name}. {TroubleOf(address)}".TrimEnd());
    }

    /// <summary>Needs no table of the peer's codes: 0 is success, and a PID without success is the one that has the name.</summary>
    private static PID Read(Wire.ActorPidResponse response, string address, Wire.ActorPidRequest request)
    {
        if (response.Pid is not { Id.Length: > 0 } pid)
        {
            var message = $"{address} could not spawn kind '{request.Kind}' (status {response.StatusCode}). "
                + "Is the kind registered there? Its log has the cause.";
            throw Failure(RemoteError.SpawnFailed, address, message);
        }

        // An empty address is the peer's own.
        var spawned = new PID(pid.Address.Length == 0 ? address : pid.Address, pid.Id);
        return response.StatusCode == SpawnStatus.Ok
            ? spawned
            : throw Failure(RemoteError.NameExists, address, $"{address} has a process called '{request.Name}' already.", pid: spawned);
    }

    private static RemoteException Failure(RemoteError error, string address, string message, Exception? cause = null, PID? pid = null) =>
        new(error, message, cause) { Address = address, Pid = pid };
}
