using System.Text.Json.Nodes;
using Remote.Actors;

namespace Remote;

/// <summary>The answer of <c>GetProcessDiagnostics</c> about one process, as JSON.</summary>
internal static class ProcessReport
{
    public static string Write(string id, IProcess process)
    {
        var report = process switch
        {
            ActorProcess actor => Report(id, actor.Actor.Diagnose()),
            EndpointProcess endpoint => Report(id, endpoint.Endpoint),
            _ => new JsonObject
            {
                ["id"] = id,
                ["kind"] = "process",
                ["type"] = process.GetType().Name,
                ["state"] = process.IsAlive ? "Alive" : "Stopped",
            },
        };
        return report.ToJsonString();
    }

    private static JsonObject Report(string id, ProcessDiagnostics actor) => new()
    {
        ["id"] = id,
        ["kind"] = actor.Kind,
        ["type"] = actor.Type,
        ["state"] = actor.State,
        ["userMessages"] = actor.UserMessages,
        ["systemMessages"] = actor.SystemMessages,
        ["children"] = Pids(actor.Children),
        ["watchers"] = Pids(actor.Watchers),
        ["restarts"] = actor.Restarts,

        // Type and text only: a stack trace tells a stranger too much.
        ["lastFailure"] = actor.LastFailure is not { } failure ? null : new JsonObject
        {
            ["exception"] = failure.Exception.GetType().FullName,
            ["message"] = failure.Exception.Message,
            ["messageType"] = failure.MessageType?.FullName,
            ["time"] = failure.Time,
        },
    };

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

    private static JsonArray Pids(IReadOnlyCollection<PID> pids) => new([.. pids.Select(pid => (JsonNode)pid.ToString())]);
}
