using System.CommandLine;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote ps</c>: the processes of a node, that is, whatever a PID can name.</summary>
internal static class PsCommand
{
    public static Command Create(CommandHost host)
    {
        var pattern = new Argument<string>("PATTERN") { Description = "A part of their ids, without regard to case.", DefaultValueFactory = _ => "", Arity = ArgumentArity.ZeroOrOne };
        var exact = new Option<bool>("--exact") { Description = "PATTERN is the whole id." };
        var regex = new Option<bool>("--regex") { Description = "PATTERN is a regular expression, without lookarounds and backreferences." };
        var command = new Command("ps", "Lists the processes of a node.") { pattern, exact, regex };
        return host.OfNode(command, (session, result) =>
        {
            if (result.GetValue(exact) && result.GetValue(regex))
            {
                throw new FailureException(Failure.Usage("--exact and --regex are two ways to read PATTERN.", "Leave one out."));
            }

            return RunAsync(session, new Wire.ListProcessesRequest
            {
                Pattern = result.GetValue(pattern) ?? "",
                Type = result.GetValue(exact) ? Wire.ListProcessesMatchType.MatchExactString
                    : result.GetValue(regex) ? Wire.ListProcessesMatchType.MatchRegex
                    : Wire.ListProcessesMatchType.MatchPartOfString,
            });
        });
    }

    private static async Task<int> RunAsync(NodeSession session, Wire.ListProcessesRequest request)
    {
        await Diagnostics.EnsureHarmlessAsync(session);
        var response = await session.Node.ListProcessesAsync(request, session.Cancellation);
        var ids = response.Pids.Select(static pid => pid.Id).Order(StringComparer.Ordinal).ToArray();
        var total = Math.Max(response.Total, ids.Length);
        if (session.Output.IsJson)
        {
            session.Output.Json(new
            {
                address = session.Address.Text,
                pattern = request.Pattern,
                processes = response.Pids.OrderBy(static pid => pid.Id, StringComparer.Ordinal).Select(static pid => new { address = pid.Address, id = pid.Id }),
                total,
                truncated = response.Truncated,
            });
        }
        else
        {
            Array.ForEach(ids, id => session.Output.Line(SafeText.Of(id)));
            if (response.Truncated)
            {
                session.Output.Note($"These are {Numbers.Count(ids.Length)} of {Numbers.Count(total)} or more: name a part of the ids that you look for.");
            }
        }

        // As grep does: scripts ask whether there is one.
        return ids.Length > 0 ? ExitCode.Ok : ExitCode.NotFound;
    }
}
