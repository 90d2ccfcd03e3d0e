using System.Net;
using Microsoft.Extensions.Logging;

namespace Remote.Transport;

internal static partial class GrpcServerLog
{
    [LoggerMessage(EventId = 3001, EventName = "HandlerFailed", Level = LogLevel.Error, Message = "The handler of {Method} failed.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 3002, EventName = "StatusLost", Level = LogLevel.Debug, Message = "The status of {Method} could not be sent.")]
    public static partial void StatusLost(ILogger logger, Exception exception, string method);

    [LoggerMessage(EventId = 3003, EventName = "TlsHandshakeFailed", Level = LogLevel.Information, Message = "The TLS handshake with {RemoteEndPoint} failed.")]
    public static partial void TlsHandshakeFailed(ILogger logger, Exception exception, EndPoint? remoteEndPoint);

    [LoggerMessage(EventId = 3005, EventName = "SilentConnectionClosed", Level = LogLevel.Information, Message = "A connection from {RemoteEndPoint} carried no request in time and was closed.")]
    public static partial void SilentConnectionClosed(ILogger logger, EndPoint? remoteEndPoint);

    [LoggerMessage(EventId = 3004, EventName = "HandlerInterrupted", Level = LogLevel.Debug, Message = "The handler of {Method} ended after its call.")]
    public static partial void HandlerInterrupted(ILogger logger, Exception exception, string method);
}
