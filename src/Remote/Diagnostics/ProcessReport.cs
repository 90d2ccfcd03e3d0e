using System.Text.Json.Nodes;
using Proto;

namespace Remote;

/// <summary>The answer of <c>GetProcessDiagnostics</c> about one process, as JSON.</summary>
internal static class ProcessReport
{
    public static string Write(string id, Process process)
    {
        var report = process switch
        {
            ActorProcess actor => Report(id, actor),
            EndpointProcess endpoint => Report(id, endpoint.Endpoint),
            _ => new JsonObject { ["id"] = id, ["kind"] = "process", ["type"] = process.GetType().Name, ["state"] = "Alive" },
        };
        return report.ToJsonString();
    }

    private static JsonObject Report(string id, ActorProcess process)
    {
        var mailbox = ProtoActorInternals.MailboxOf(process);
        var report = new JsonObject
        {
            ["id"] = id,
            ["kind"] = "actor",
            ["state"] = "Alive",
            ["mailbox"] = mailbox.GetType().Name,
            ["userMessages"] = mailbox.UserMessageCount,
        };
        if (mailbox is IObservedMailbox { Actor: { } actor } observed)
        {
            actor.AddTo(report);
            report["systemMessages"] = observed.SystemMessageCount;
        }

        return report;
    }

    private static JsonObject Report(string id, Endpoint endpoint)
    {
        var statistics = endpoint.Snapshot();
        return new JsonObject
        {
            ["id"] = id,
            ["kind"] = "endpoint",
            ["type"] = nameof(Endpoint),
            ["state"] = endpoint.State.ToString(),
            ["peer"] = endpoint.PeerSystemId,
            ["userMessages"] = statistics.QueueLength,
            ["systemMessages"] = statistics.ControlQueueLength,
            ["watches"] = endpoint.WatchCount,
        };
    }
}
