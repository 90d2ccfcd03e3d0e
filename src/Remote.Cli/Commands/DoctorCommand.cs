using System.CommandLine;

namespace Remote.Cli;

/// <summary><c>remote doctor</c>: what is wrong with a node or the way to it, and what to do.</summary>
internal static class DoctorCommand
{
    private const int Indent = 22;

    public static Command Create(CommandHost host) =>
        host.OfNode(new Command("doctor", "Looks for what is wrong with a node or the way to it, and says what to do."), static (session, _) => RunAsync(session));

    private static async Task<int> RunAsync(NodeSession session)
    {
        var findings = await new Examination(session).RunAsync();
        var problems = findings.Count(static finding => finding.Level == FindingLevel.Problem);
        if (session.Output.IsJson)
        {
            session.Output.Json(new
            {
                address = session.Address.Text,
                healthy = problems == 0,
                findings = findings.Select(static finding => new { check = finding.Check, level = Name(finding.Level), what = finding.What, advice = finding.Advice }),
            });
        }
        else
        {
            Write(session.Output, findings);
            var warnings = findings.Count(static finding => finding.Level == FindingLevel.Warning);
            session.Output.Line($"{session.Address}: {Count(problems, "problem")}, {Count(warnings, "warning")}");
        }

        return problems == 0 ? ExitCode.Ok : ExitCode.Unhealthy;
    }

    private static void Write(ToolOutput output, IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            WriteBehind(output, $"{Name(finding.Level),-8} {finding.Check,-12} ", finding.What);
            if (finding.Advice.Length > 0)
            {
                WriteBehind(output, $"{"",-Indent}-> ", finding.Advice);
            }
        }
    }

    private static void WriteBehind(ToolOutput output, string head, string text)
    {
        foreach (var line in TextWrap.Lines(SafeText.Of(text), output.Surroundings.Width - head.Length))
        {
            output.Line(head + line);
            head = new string(' ', head.Length);
        }
    }

    private static string Name(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Note => "note",
        FindingLevel.Warning => "warning",
        _ => "problem",
    };

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
