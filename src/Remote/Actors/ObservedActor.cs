using System.Text.Json.Nodes;
using Proto;
using Proto.Context;
using Proto.Mailbox;

namespace Remote;

/// <summary>A mailbox that knows its actor, for people who ask how it is.</summary>
internal interface IObservedMailbox
{
    /// <summary>Null until the mailbox has been given its actor.</summary>
    ObservedActor? Actor { get; }

    /// <summary>Null when the mailbox does not say.</summary>
    int? SystemMessageCount { get; }
}

/// <summary>What can be said about an actor from outside, while it may be running: a picture of parts that are each right.</summary>
internal sealed class ObservedActor(IMessageInvoker invoker)
{
    private Failure? _lastFailure;

    /// <summary>What belongs to the actor; <see langword="null"/> when it is not Proto.Actor's.</summary>
    public ActorContext? Context => invoker as ActorContext;

    /// <summary>The actor failed at a message. Called by its turn.</summary>
    public void Failed(Exception exception, object? message)
    {
        var failure = Failure.Of(exception, message, TimeProvider.System.GetUtcNow());
        Volatile.Write(ref _lastFailure, failure);
        if (message is MessageEnvelope { Sender: { } sender } && invoker is IInfoContext { System: { } system } context && IsElsewhere(sender, system))
        {
            // Somebody waits who sees nothing of this node's log, and cannot be told: only the supervision knows whether an answer comes yet (decision page 0032).
            RemoteLog.RequestFailed(DeadLetters.Of(system).Log, context.Self.Id, failure.Exception, failure.MessageType, $"{sender}");
        }
    }

    public void AddTo(JsonObject report)
    {
        if (Context is { } context)
        {
            var extras = ProtoActorInternals.ExtrasOf(context);
            report["type"] = context.Actor?.GetType().FullName;
            report["children"] = Pids(context.Children);
            report["watchers"] = Pids(extras?.Watchers ?? []);
            report["restarts"] = extras?.RestartStatistics.FailureCount ?? 0;
        }

        // Types only: a stack trace tells a stranger too much, and the text of an exception may quote the message. The log has both.
        report["lastFailure"] = Volatile.Read(ref _lastFailure) is not { } failure ? null : new JsonObject
        {
            ["exception"] = failure.Exception,
            ["messageType"] = failure.MessageType,
            ["time"] = failure.Time,
        };
    }

    private static bool IsElsewhere(PID sender, ActorSystem system) =>
        sender.Address.Length > 0 && sender.Address != ActorSystem.NoHost && sender.Address != system.Address;

    private static JsonArray Pids(IEnumerable<PID> pids) => new([.. pids.Select(pid => (JsonNode)pid.ToString())]);

    /// <summary>Names and no objects: the message, and all that it holds, would live as long as its actor.</summary>
    private sealed record Failure(string? Exception, string? MessageType, DateTimeOffset Time)
    {
        public static Failure Of(Exception exception, object? message, DateTimeOffset time) => new(
            exception.GetType().FullName, message is null ? null : MessageEnvelope.UnwrapMessage(message)?.GetType().FullName, time);
    }
}
