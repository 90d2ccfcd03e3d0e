using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>A cluster as tables that fit 80 columns.</summary>
internal static class ClusterTables
{
    public static void Write(
        ToolOutput output, Wire.GetClusterResponse answer, IReadOnlyCollection<Wire.ClusterMemberInfo> members, string kind, DateTimeOffset now)
    {
        var name = answer.Name.Length > 0 ? answer.Name : "a cluster without a known name";
        output.Line($"{SafeText.Of(name)}  members {Numbers.Count(answer.Members.Count)}  seen by {SafeText.Of(answer.Address)}, {RoleOf(answer)}");
        output.Line($"provider {Known(answer.Provider)}  lookup {Known(answer.Lookup)}");
        if (!answer.IsMember && !answer.IsClient)
        {
            output.Note($"{SafeText.Of(answer.Address)} has not joined its cluster yet, or was put out.");
        }

        if (members.Count > 0)
        {
            output.Line();
            output.Table(Members(members, now));
        }

        if (kind.Length > 0 && members.Count == 0)
        {
            output.Note($"No member can run the kind {SafeText.Of(kind)}: it is misspelled, or those that can have gone.");
        }

        if (answer.Former.Count > 0 && kind.Length == 0)
        {
            output.Line();
            output.Table(Former(answer.Former, now));
        }

        if (answer.Identities.Count > 0)
        {
            output.Line();
            output.Table(Identities(answer.Identities));
            WriteDoubts(output, answer.Identities);
        }
    }

    public static string ConnectionOf(Wire.ClusterMemberInfo member) =>
        member.Self ? "Self" : member.Connection == Wire.ConnectionState.Unspecified ? "None" : member.Connection.ToString();

    private static string RoleOf(Wire.GetClusterResponse answer) =>
        answer.IsClient ? "a client" : answer.IsMember ? "a member" : "NOT A MEMBER";

    private static string Known(string type) => type.Length > 0 ? SafeText.Of(type) : "unknown";

    private static Spectre.Console.Table Members(IEnumerable<Wire.ClusterMemberInfo> members, DateTimeOffset now)
    {
        var table = Tables.New("MEMBER", "CONNECTION", ">SEEN FOR", "KINDS");
        foreach (var member in members)
        {
            table.Row(
                member.Address, member.Blocked ? "Blocked" : ConnectionOf(member), Numbers.Span(now - member.Since.ToDateTimeOffset()),
                member.Kinds.Count > 0 ? string.Join(", ", member.Kinds) : "none");
        }

        return table;
    }

    private static Spectre.Console.Table Former(IEnumerable<Wire.ClusterMemberInfo> members, DateTimeOffset now)
    {
        var table = Tables.New("HAS GONE", "BLOCKED", ">AGO", "SYSTEM ID");
        foreach (var member in members)
        {
            table.Row(member.Address, member.Blocked ? "yes" : "no", Numbers.Span(now - (member.Until ?? member.Since).ToDateTimeOffset()), member.SystemId);
        }

        return table;
    }

    private static Spectre.Console.Table Identities(IEnumerable<Wire.IdentityInfo> identities)
    {
        var table = Tables.New("IDENTITY", "RUNS ON", "PROCESS");
        foreach (var identity in identities)
        {
            if (identity.Activations.Count == 0)
            {
                table.Row(identity.Identity, identity.Unanswered.Count == 0 ? "no member" : "not known", "-");
            }

            foreach (var activation in identity.Activations)
            {
                table.Row(identity.Identity, activation.Address, activation.Id);
            }
        }

        return table;
    }

    private static void WriteDoubts(ToolOutput output, IReadOnlyCollection<Wire.IdentityInfo> identities)
    {
        foreach (var member in identities.SelectMany(static identity => identity.Unanswered).DistinctBy(static member => member.Address))
        {
            output.Note($"{SafeText.Of(member.Address)} {SafeText.Of(member.Reason)}; what runs there is not known.");
        }

        foreach (var identity in identities.Where(static identity => identity.Activations.Count > 1))
        {
            output.Note(
                $"{SafeText.Of(identity.Identity)} runs {identity.Activations.Count} times. While members change that passes; if it stays, they do not agree "
                + "on who is a member: compare remote cluster of each.");
        }
    }
}
