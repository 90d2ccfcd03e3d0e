using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote inspect</c>: one process.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandHost host)
    {
        var id = new Argument<string>("ID") { Description = "The id of a process, as ps lists it." };
        var command = new Command("inspect", "Shows one process of a node: its actor, its mailbox, its children, what it failed at.") { id };
        return host.OfNode(command, (session, result) => RunAsync(session, result.GetRequiredValue(id)));
    }

    private static async Task<int> RunAsync(NodeSession session, string id)
    {
        if (id.Length == 0)
        {
            throw new FailureException(Failure.Usage("ID is empty.", $"remote ps {session.Address} lists the ids."));
        }

        await Diagnostics.EnsureHarmlessAsync(session);

        // The address that it calls itself by: this one may be only ours.
        var who = await PeerIdentification.AskAsync(session.Node, session.Cancellation);
        var pid = new Wire.PID { Address = who.Node?.Address ?? await AddressAsync(session, id), Id = id };
        var response = await session.Node.DiagnoseAsync(new Wire.GetProcessDiagnosticsRequest { Pid = pid }, session.Cancellation);
        Write(session, id, response.DiagnosticsString);
        return ExitCode.Ok;
    }

    /// <summary>A node that says nothing of itself has its address in each PID.</summary>
    private static async Task<string> AddressAsync(NodeSession session, string id)
    {
        var request = new Wire.ListProcessesRequest { Pattern = id, Type = Wire.ListProcessesMatchType.MatchExactString };
        var found = await session.Node.ListProcessesAsync(request, session.Cancellation);
        return found.Pids.FirstOrDefault()?.Address
            ?? throw new FailureException(Failure.NotFound(
                $"{session.Address} has no process {SafeText.Of(id)}.", $"remote ps {session.Address} shows what is there."));
    }

    private static void Write(NodeSession session, string id, string text)
    {
        var report = Parse(text);
        if (session.Output.IsJson)
        {
            session.Output.Json(new { address = session.Address.Text, id, diagnostics = report, text = report is null ? text : null });
            return;
        }

        if (report is null)
        {
            session.Output.Line(SafeText.Of(text));
            return;
        }

        foreach (var (name, value) in report)
        {
            var shown = value is JsonArray { Count: > 0 } list ? string.Join(", ", list.Select(static one => one?.ToString())) : value is null or JsonArray ? "none" : value.ToString();
            session.Output.Line($"{SafeText.Of(name),-16} {SafeText.Of(shown)}");
        }
    }

    /// <summary>Remote nodes answer an object; others may say anything.</summary>
    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
