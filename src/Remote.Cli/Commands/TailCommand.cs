using System.CommandLine;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote tail</c>: what happens on a node, as it happens.</summary>
internal static class TailCommand
{
    public static Command Create(CommandHost host)
    {
        var types = new Option<string[]>("--type")
        {
            Description = "Only events of this type, as EndpointReconnecting or RemoteDeadLetterEvent; may be given several times.",
            HelpName = "TYPE",
        };
        var part = new Option<string>("--peer") { Description = "Only events about peers whose address contains this.", HelpName = "PART", DefaultValueFactory = _ => "" };
        var count = new Option<int>("--count") { Description = "End after so many; 0 goes on until Ctrl-C.", HelpName = "N" };
        var command = new Command("tail", "Follows the events of a node: connections, back-pressure, blocks, dead letters.") { types, part, count };
        return host.OfNode(command, (session, result) =>
        {
            var request = new Wire.WatchEventsRequest { AddressPart = result.GetValue(part) ?? "" };
            request.Types_.Add(result.GetValue(types) ?? []);
            return RunAsync(session, request, result.GetValue(count));
        });
    }

    private static async Task<int> RunAsync(NodeSession session, Wire.WatchEventsRequest request, int count)
    {
        if (count < 0)
        {
            throw new FailureException(Failure.Usage($"--count is {count}; it must be 0 or more."));
        }

        using var call = session.Node.Watch((admin, options) => admin.WatchEvents(request, options), session.Cancellation);
        try
        {
            // Sent when it begins: nothing that happens from here on is missed.
            await call.ResponseHeadersAsync.WaitAsync(session.Settings.Timeout, session.Time, session.Cancellation);
            session.Output.Note($"Following {session.Address}; Ctrl-C ends it.");
            for (var seen = 0; count == 0 || seen < count; seen++)
            {
                if (!await call.ResponseStream.MoveNext(session.Cancellation))
                {
                    throw new FailureException(Failure.Unreachable($"{session.Address} ended the stream of its events.", "Has the node ended?"));
                }

                Write(session, call.ResponseStream.Current);
            }

            return ExitCode.Ok;
        }
        catch (TimeoutException exception)
        {
            throw session.Node.Explain(new RpcException(new Status(StatusCode.DeadlineExceeded, "", exception)));
        }
        catch (RpcException exception)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            throw session.Node.Explain(exception);
        }
    }

    private static void Write(NodeSession session, Wire.EventUpdate update)
    {
        if (session.Output.IsJson)
        {
            session.Output.Json(new
            {
                time = NodeShapes.Time(update.Time),
                type = update.Type,
                peer = update.Address,
                number = update.Number,
                missed = update.Missed,
                fields = update.Fields.ToDictionary(),
            });
            return;
        }

        if (update.Missed > 0)
        {
            session.Output.Line($"-- {Numbers.Count(update.Missed)} events missed: the node tells them faster than they are read here --");
        }

        var at = Clock.Local(update.Time.ToDateTimeOffset(), session.Time);
        var fields = update.Fields.OrderBy(static field => field.Key, StringComparer.Ordinal).Select(static field => $"{field.Key}={field.Value}");
        session.Output.Line(SafeText.Of($"{at:HH:mm:ss.fff} {update.Type,-21} {update.Address} {string.Join(' ', fields)}").TrimEnd());
    }
}
