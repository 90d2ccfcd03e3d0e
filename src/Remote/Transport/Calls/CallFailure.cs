using System.Net.Sockets;
using System.Security.Authentication;
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
    // How gRPC tells of an answer without a status: as CANCELLED, which the peer did not say.
    private const string NoStatus = "No grpc-status found on response.";

    // How gRPC tells of a length that does not even fit its own numbers: at the server as an IOException, which is Kestrel's for a reset too.
    private const string BeyondEveryLimit = "Message too large";

    /// <summary>
    /// The exception that ends a call with this status. Its message is the detail, with nothing around it, and not without end
    /// (<see cref="LogText.Detail"/>): the other side of a call may have chosen it.
    /// </summary>
    public static RpcException Of(StatusCode code, string detail, Exception? cause = null)
    {
        // An exception of gRPC has the whole text, and is kept with this one by events and endpoints.
        var told = LogText.Detail(detail);
        return new RpcException(new Status(code, told, told.Length < detail.Length ? null : cause), told);
    }

    /// <summary>What went wrong while a client sent or received.</summary>
    /// <param name="exception">What gRPC threw.</param>
    /// <param name="refusal">What a web server answered that refused the call before gRPC saw it.</param>
    public static RpcException AtClient(Exception exception, string? refusal = null)
    {
        switch (exception)
        {
            case RpcException { Status.DebugException: null } given:
                // Out of the answer: its trailers, or the HTTP status that stood in their place.
                return Given(given, refusal);
            case ObjectDisposedException:
                // The call's own; that of a socket would be inside another.
                return Of(StatusCode.Cancelled, "The call was cancelled.", exception);
        }

        for (var e = exception is RpcException rpc ? rpc.Status.DebugException : exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case RpcException inner:
                    return Of(inner.StatusCode, inner.Status.Detail, exception);
                case HttpProtocolException protocol when IsReset(protocol):
                    return Of(FromHttp2Error(protocol.ErrorCode), $"The peer reset the call (HTTP/2 error {protocol.ErrorCode}).", exception);
                case AuthenticationException:
                    return Of(StatusCode.Unavailable, $"The TLS handshake failed: {e.Message}", exception);
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } when e.InnerException is not AuthenticationException:
                    return Of(StatusCode.Unavailable, "The TLS handshake failed.", exception);
                case InvalidDataException when IsBeyondEveryLimit(e):
                    return TooLarge(exception);
                case InvalidDataException:
                    return Of(StatusCode.Internal, $"The answer is malformed: {e.Message}", exception);
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
                case BadHttpRequestException or InvalidDataException:
                    return Of(StatusCode.Internal, $"The request is malformed: {e.Message}", exception);
                case IOException when IsBeyondEveryLimit(e):
                    return TooLarge(exception);
            }
        }

        return Of(StatusCode.Cancelled, "The caller reset the call.", exception);
    }

    private static bool IsBeyondEveryLimit(Exception exception) => exception.Message.StartsWith(BeyondEveryLimit, StringComparison.Ordinal);

    private static RpcException TooLarge(Exception cause) => Of(StatusCode.ResourceExhausted, "The length of the message is beyond every limit.", cause);

    private static RpcException Given(RpcException given, string? refusal)
    {
        // What no status stands for is UNKNOWN, by the specification of gRPC.
        var code = Enum.IsDefined(given.StatusCode) ? given.StatusCode : StatusCode.Unknown;
        var detail = refusal ?? given.Status.Detail;
        return (code, detail) switch
        {
            (StatusCode.Cancelled, NoStatus) => Of(StatusCode.Internal, "The peer ended the stream without a status.", given),
            (StatusCode.DeadlineExceeded, "") => Of(code, "The deadline of the call is over.", given),
            (StatusCode.OK, _) => Of(StatusCode.Cancelled, "The call has ended.", given),
            (_, "") => Of(code, $"The call ended with {code}.", given),
            _ => Of(code, detail, given),
        };
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
