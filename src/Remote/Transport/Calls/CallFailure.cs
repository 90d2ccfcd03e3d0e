using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Remote;

/// <summary>
/// What the end of a call means: a verdict, which is the status that the other side gave or the reset of this one call while its connection
/// stood, or a cut, which is <see cref="StatusCode.Unavailable"/> (decision pages 0014 and 0023). The one place where that is decided.
/// </summary>
internal static class CallFailure
{
    /// <summary>The exception that ends a call with this status. Its message is the detail, with nothing around it.</summary>
    public static RpcException Of(StatusCode code, string detail, Exception? cause = null) => new(new Status(code, detail, cause), detail);

    /// <summary>What went wrong while a client sent or received.</summary>
    public static RpcException AtClient(Exception exception)
    {
        if (exception is RpcException { Status.DebugException: null } given)
        {
            // Out of the answer: its trailers, or the HTTP status that stood in their place.
            return Of(given.StatusCode, given.Status.Detail, exception);
        }

        for (var e = exception is RpcException rpc ? rpc.Status.DebugException : exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case RpcException inner:
                    return Of(inner.StatusCode, inner.Status.Detail, exception);
                case HttpProtocolException protocol when IsReset(protocol):
                    return Of(FromHttp2Error(protocol.ErrorCode), $"The peer reset the call (HTTP/2 error {protocol.ErrorCode}).", exception);
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return Of(StatusCode.Unavailable, "The TLS handshake failed.", exception);
                case SocketException socket:
                    return Of(StatusCode.Unavailable, $"The connection failed ({socket.SocketErrorCode}).", exception);
                case TimeoutException timeout:
                    return Of(StatusCode.Unavailable, timeout.Message, exception);
            }
        }

        return exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }
            ? Of(StatusCode.Cancelled, "The call was cancelled.", exception)
            : Of(StatusCode.Unavailable, "The connection was lost.", exception);
    }

    /// <summary>What went wrong while a server read a request or wrote a response.</summary>
    public static RpcException AtServer(Exception exception)
    {
        // Kestrel says ConnectionReset or ConnectionAborted, or puts one of them inside, when the connection is gone; a bare IOException is
        // an RST_STREAM.
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case RpcException rpc:
                    return rpc;
                case ConnectionResetException or ConnectionAbortedException:
                    return Of(StatusCode.Unavailable, "The connection was lost.", exception);
                case BadHttpRequestException bad:
                    return Of(StatusCode.Internal, $"The request is malformed: {bad.Message}", exception);
            }
        }

        return Of(StatusCode.Cancelled, "The caller reset the call.", exception);
    }

    private static StatusCode FromHttp2Error(long error) => error switch
    {
        0x7 => StatusCode.Unavailable, // REFUSED_STREAM: nothing was processed
        0x8 => StatusCode.Cancelled, // CANCEL
        0xB => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xC => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };

    // The handler has one exception type for an RST_STREAM, a GOAWAY and a ping that was not answered, and only the text tells them apart: of
    // the three, the first alone speaks of a stream.
    private static bool IsReset(HttpProtocolException exception) => exception.Message.Contains("stream", StringComparison.OrdinalIgnoreCase);
}
