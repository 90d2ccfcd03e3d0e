using Microsoft.Extensions.Logging;

namespace Remote.Actors;

/// <summary>The log messages of the actor core. Ids 1000 to 1099.</summary>
internal static partial class ActorLog
{
    [LoggerMessage(EventId = 1000, EventName = "ActorFailed", Level = LogLevel.Error,
        Message = "Actor {Actor} of type {ActorType} failed on a message of type {MessageType}.")]
    public static partial void ActorFailed(ILogger logger, Exception exception, PID actor, string actorType, string messageType);

    [LoggerMessage(EventId = 1001, EventName = "MessageUndeliverable", Level = LogLevel.Information,
        Message = "Dead letter ({Reason}): a message of type {MessageType} for {Target}, sent by {Sender}.")]
    public static partial void MessageUndeliverable(ILogger logger, Type messageType, PID target, object sender, string reason);

    [LoggerMessage(EventId = 1002, EventName = "DeadLettersLeftOut", Level = LogLevel.Information,
        Message = "{Count} more dead letters were not logged in the last {Interval}.")]
    public static partial void DeadLettersLeftOut(ILogger logger, long count, TimeSpan interval);

    [LoggerMessage(EventId = 1003, EventName = "SubscriberThrew", Level = LogLevel.Error,
        Message = "A subscriber of the event stream threw on an event of type {EventType}.")]
    public static partial void SubscriberThrew(ILogger logger, Exception exception, Type eventType);

    [LoggerMessage(EventId = 1004, EventName = "StopHandlerThrew", Level = LogLevel.Error,
        Message = "Actor {Actor} of type {ActorType} threw while it was ending its life, on {MessageType}. It ends nevertheless.")]
    public static partial void StopHandlerThrew(ILogger logger, Exception exception, PID actor, string actorType, string messageType);

    [LoggerMessage(EventId = 1005, EventName = "SupervisorDecided", Level = LogLevel.Information,
        Message = "Supervisor decided on {Actor}: {Directive} ({Reason}).")]
    public static partial void SupervisorDecided(ILogger logger, PID actor, SupervisorDirective directive, string reason);

    [LoggerMessage(EventId = 1006, EventName = "StrategyThrew", Level = LogLevel.Error,
        Message = "The supervisor strategy threw on a failure of {Actor}; the actor is stopped.")]
    public static partial void StrategyThrew(ILogger logger, Exception exception, PID actor);

    [LoggerMessage(EventId = 1007, EventName = "ShutdownIncomplete", Level = LogLevel.Warning,
        Message = "Shutdown went on without {Count} actors that did not stop within {Timeout}.")]
    public static partial void ShutdownIncomplete(ILogger logger, int count, TimeSpan timeout);

    [LoggerMessage(EventId = 1008, EventName = "SenderMiddlewareFailed", Level = LogLevel.Error,
        Message = "Sender middleware failed on a message of type {MessageType} for {Target}; the message was not sent.")]
    public static partial void SenderMiddlewareFailed(ILogger logger, Exception exception, Type messageType, PID target);
}
