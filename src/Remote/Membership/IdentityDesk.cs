using Proto;
using Wire = Proto.Remote;

namespace Remote;

/// <summary>
/// Tells other members which identities are active on this one, and asks them. The messages are those of a spawn, which every node knows, to a process that
/// only nodes with this one have; nothing is spawned. There is one while the node has a cluster.
/// </summary>
internal sealed class IdentityDesk(NodeContext context, ClusterView view, ActivationScan? scan)
{
    /// <summary>The process that members ask.</summary>
    public const string Id = "$remote-identities";

    /// <summary>Beyond 0, which is an answer, with a PID or without: the member does not know.</summary>
    public const int NotKnown = 1;

    /// <summary>How long a member may take when the caller does not say how long it waits itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long it may take when the caller waits for longer than that.</summary>
    public static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(30);

    private const string NotKnownBecause = "has too many processes to look at all, or does not know which are virtual actors";

    private PID? _process;

    public void Start() => _process = context.ActorSystem.Root.SpawnNamed(Props.FromFunc(ReceiveAsync), Id);

    public Task StopAsync() => _process is { } process ? context.ActorSystem.Root.StopAsync(process) : Task.CompletedTask;

    /// <summary>How long members may take, so that an answer about those that do not answer still comes in time.</summary>
    /// <param name="rest">Of the time that the caller waits.</param>
    public static TimeSpan PatienceWithin(TimeSpan rest) =>
        rest < TimeSpan.Zero ? TimeSpan.Zero : rest * 0.8 is var most && most < MostPatience ? most : MostPatience;

    /// <summary>Asks every member, this one included, for all identities at the same time.</summary>
    /// <param name="kind">The kind of all of them.</param>
    /// <param name="identities">Their names, each once.</param>
    /// <param name="patience">How long a member may take.</param>
    /// <param name="cancellationToken">The caller has gone.</param>
    public async Task<IdentityAnswer[]> FindAsync(
        string kind, IReadOnlyCollection<string> identities, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (identities.Count == 0)
        {
            return [];
        }

        var members = view.Members;
        var questions = identities.Select(identity => AskOthersAsync(members, kind, identity, patience, cancellationToken)).ToArray();
        var own = Own(kind, identities.ToHashSet(StringComparer.Ordinal), isMember: members.Any(IsSelf));
        var answers = await Task.WhenAll(questions).ConfigureAwait(false);
        return [.. identities.Zip(answers, (identity, others) => new IdentityAnswer(kind, identity, [.. others, .. own(identity)]))];
    }

    private Task<MemberAnswer[]> AskOthersAsync(
        IEnumerable<ClusterMember> members, string kind, string identity, TimeSpan patience, CancellationToken cancellationToken) =>
        Task.WhenAll(members.Where(member => !IsSelf(member)).Select(member => AskAsync(member, kind, identity, patience, cancellationToken)));

    private bool IsSelf(ClusterMember member) => member.SystemId == context.ActorSystem.Id;

    /// <summary>What this node says of each identity.</summary>
    private Func<string, IEnumerable<MemberAnswer>> Own(string kind, HashSet<string> identities, bool isMember)
    {
        MemberAnswer Answer(PID? activation, string? silence) => new(context.Address, context.ActorSystem.Id, activation, silence);

        if (scan is null)
        {
            return _ => isMember ? [Answer(null, NotKnownBecause)] : [];
        }

        var (found, isComplete) = scan.Find(kind, identities);
        return identity => found[identity]
            .Select(id => Answer(new PID(context.Address, id), null))
            .Concat(isComplete || found.Contains(identity) ? [] : [Answer(null, NotKnownBecause)]);
    }

    private Task ReceiveAsync(IContext actor)
    {
        // The answer goes to where the asker says that it lives: nobody but a member gets one, whoever asked.
        if (actor.Message is Wire.ActorPidRequest request && actor.Sender is { } sender && view.IsMemberAddress(sender.Address))
        {
            actor.Respond(Answer(request));
        }

        return Task.CompletedTask;
    }

    private Wire.ActorPidResponse Answer(Wire.ActorPidRequest request)
    {
        if (scan is null)
        {
            return new Wire.ActorPidResponse { StatusCode = NotKnown };
        }

        var (found, isComplete) = scan.Find(request.Kind, new HashSet<string>(StringComparer.Ordinal) { request.Name });
        var id = found[request.Name].FirstOrDefault();
        return new Wire.ActorPidResponse
        {
            Pid = id is null ? null : new PID(context.Address, id),
            StatusCode = id is null && !isComplete ? NotKnown : SpawnStatus.Ok,
        };
    }

    private async Task<MemberAnswer> AskAsync(
        ClusterMember member, string kind, string identity, TimeSpan patience, CancellationToken cancellationToken)
    {
        MemberAnswer Silent(string why) => new(member.Address, member.SystemId, null, why);

        using var late = new CancellationTokenSource(patience, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var future = context.ActorSystem.Root.GetFuture();
        context.ActorSystem.Root.Request(new PID(member.Address, Id), new Wire.ActorPidRequest { Kind = kind, Name = identity }, future.Pid);
        try
        {
            return MessageEnvelope.UnwrapMessage(await future.GetTask(both.Token).ConfigureAwait(false)) switch
            {
                Wire.ActorPidResponse { StatusCode: SpawnStatus.Ok } answer => new(member.Address, member.SystemId, answer.Pid, null),
                Wire.ActorPidResponse => Silent(NotKnownBecause),
                DeadLetterResponse dead when dead.GetReason() == DeadLetterReason.NoSuchProcess => Silent("is no Remote node, or an older one"),
                DeadLetterResponse dead => Silent($"was not reached: {dead.GetReason().Name}"),
                var other => Silent($"answered {other?.GetType().Name}"),
            };
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // A future of Proto.Actor reports a cancelled token as a timeout.
            cancellationToken.ThrowIfCancellationRequested();
            return Silent($"did not answer within {patience.TotalSeconds:0.#} s: it is out of reach, or no Remote node, or an older one");
        }
    }
}

/// <summary>What the members said about one identity.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Identity">Its name.</param>
/// <param name="Members">One of each, and more of one that has several activations.</param>
internal sealed record IdentityAnswer(string Kind, string Identity, IReadOnlyList<MemberAnswer> Members);

/// <summary>What a member said about an identity.</summary>
/// <param name="Address">The member.</param>
/// <param name="SystemId">One life of it.</param>
/// <param name="Activation">What runs there; <see langword="null"/> when nothing does, or it is not known.</param>
/// <param name="Silence">Why it is not known; <see langword="null"/> when it is.</param>
internal sealed record MemberAnswer(string Address, string SystemId, PID? Activation, string? Silence);
