using System.CommandLine;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote cluster</c>: the members of the cluster of a node, what runs on them, and which of them has an identity.</summary>
internal static class ClusterCommand
{
    // In one call; the node says so too, in less helpful words.
    private const int MaxIdentities = 100;

    public static Command Create(CommandHost host)
    {
        var identities = new Argument<string[]>("IDENTITY")
        {
            Description = "Says which member runs the virtual actors of the kind with these names; starts none of them.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var kind = new Option<string>("--kind") { Description = "Only members that can run this kind; of the IDENTITYs, their kind.", HelpName = "KIND", DefaultValueFactory = _ => "" };
        var command = new Command("cluster", "Shows the cluster of a node: its members, their kinds, and who runs an identity.") { identities, kind };
        return host.OfNode(command, (session, result) =>
        {
            var request = new Wire.GetClusterRequest { Kind = result.GetValue(kind) ?? "" };
            request.Identities.Add((result.GetValue(identities) ?? []).Distinct(StringComparer.Ordinal));
            return RunAsync(session, request);
        });
    }

    private static async Task<int> RunAsync(NodeSession session, Wire.GetClusterRequest request)
    {
        if (request.Identities.Count > 0 && request.Kind.Length == 0)
        {
            throw new FailureException(Failure.Usage("An identity belongs to a kind, and --kind is missing.", $"remote cluster {session.Address} lists the kinds."));
        }

        if (request.Identities.Count > MaxIdentities)
        {
            throw new FailureException(Failure.Usage($"These are {request.Identities.Count} identities; at most {MaxIdentities} are looked for at a time."));
        }

        var answer = await AskAsync(session, request);
        var members = answer.Members.Where(member => request.Kind.Length == 0 || member.Kinds.Contains(request.Kind)).ToArray();
        if (session.Output.IsJson)
        {
            session.Output.Json(ClusterShapes.Of(session.Address.Text, answer, members));
        }
        else
        {
            ClusterTables.Write(session.Output, answer, members, request.Kind, session.Time.GetUtcNow());
        }

        return request.Kind.Length > 0 && members.Length == 0 ? ExitCode.NotFound : CodeOf(answer.Identities);
    }

    /// <summary>
    /// Nowhere is an answer only if all have given theirs. Scripts that ask for several want all of them to run.
    /// </summary>
    private static int CodeOf(IEnumerable<Wire.IdentityInfo> identities)
    {
        var missing = identities.Where(static identity => identity.Activations.Count == 0).ToArray();
        return missing.Length == 0 ? ExitCode.Ok
            : Array.Exists(missing, static identity => identity.Unanswered.Count == 0) ? ExitCode.NotFound
            : ExitCode.Failed;
    }

    private static async Task<Wire.GetClusterResponse> AskAsync(NodeSession session, Wire.GetClusterRequest request)
    {
        try
        {
            return await session.Node.AdminAsync((admin, options) => admin.GetClusterAsync(request, options), session.Cancellation);
        }
        catch (FailureException exception) when (exception.InnerException is Grpc.Core.RpcException { StatusCode: Grpc.Core.StatusCode.Unimplemented })
        {
            // The service may be there, and only the method not.
            var who = await PeerIdentification.AskAsync(session.Node, session.Cancellation);
            throw who.Node is not { } node ? exception : new FailureException(
                Failure.Unsupported(
                    $"{session.Address} is a Remote node of version {SafeText.Of(node.Version)}, which does not tell of its cluster yet.",
                    $"Ask a member that is newer; remote endpoints {session.Address} shows whom this one is connected to."),
                exception);
        }
    }
}
