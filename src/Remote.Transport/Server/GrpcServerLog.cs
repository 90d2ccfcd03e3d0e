using Microsoft.Extensions.Logging;

namespace Remote.Transport;

internal static partial class GrpcServerLog
{
    [LoggerMessage(EventId = 3001, EventName = "HandlerFailed", Level = LogLevel.Error, Message = "The handler of {Method} failed.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 3002, EventName = "StatusLost", Level = LogLevel.Debug, Message = "The caller of {Method} was gone before its status was sent.")]
    public static partial void StatusLost(ILogger logger, Exception exception, string method);
}
