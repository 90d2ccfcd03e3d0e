using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Remote.Transport;

/// <summary>Maps what HTTP and the network say to a gRPC status (gRPC's own mapping tables).</summary>
internal static class GrpcStatusMapping
{
    public const string ContentType = "application/grpc";

    public static GrpcStatusCode FromHttpStatus(int status) => status switch
    {
        400 => GrpcStatusCode.Internal,
        401 => GrpcStatusCode.Unauthenticated,
        403 => GrpcStatusCode.PermissionDenied,
        404 => GrpcStatusCode.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Unknown,
    };

    public static GrpcStatusCode FromHttp2Error(long error) => error switch
    {
        0x7 => GrpcStatusCode.Unavailable, // REFUSED_STREAM: nothing was processed
        0x8 => GrpcStatusCode.Cancelled, // CANCEL
        0xB => GrpcStatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xC => GrpcStatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => GrpcStatusCode.Internal,
    };

    /// <summary>A code outside 0..16, or no number at all, is UNKNOWN: a newer peer must not break an older one.</summary>
    public static GrpcStatusCode ParseCode(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int code) && code <= (int)GrpcStatusCode.Unauthenticated
            ? (GrpcStatusCode)code
            : GrpcStatusCode.Unknown;

    /// <summary>Whether this is <c>application/grpc</c>, alone or with a suffix; <c>application/grpc-web</c> is another protocol.</summary>
    public static bool IsGrpc([NotNullWhen(true)] string? contentType) =>
        contentType is not null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');

    /// <summary>What went wrong while a client sent or received.</summary>
    public static GrpcException FromClientFailure(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case GrpcException grpc:
                    return grpc;
                case HttpProtocolException protocol when IsReset(protocol):
                    return new GrpcException(FromHttp2Error(protocol.ErrorCode), $"The peer reset the call (HTTP/2 error {protocol.ErrorCode}).", exception);
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return new GrpcException(GrpcStatusCode.Unavailable, "The TLS handshake failed.", exception);
                case SocketException socket:
                    return new GrpcException(GrpcStatusCode.Unavailable, $"The connection failed ({socket.SocketErrorCode}).", exception);
                case TimeoutException timeout:
                    return new GrpcException(GrpcStatusCode.Unavailable, timeout.Message, exception);
                default:
                    break;
            }
        }

        return exception is OperationCanceledException
            ? new GrpcException(GrpcStatusCode.Cancelled, "The call was cancelled.", exception)
            : new GrpcException(GrpcStatusCode.Unavailable, "The connection was lost.", exception);
    }

    /// <summary>What went wrong while a server read a request or wrote a response.</summary>
    public static GrpcException FromServerFailure(Exception exception)
    {
        // Kestrel says ConnectionReset or ConnectionAborted, or puts one of them inside, when the connection is gone; a bare
        // IOException is an RST_STREAM.
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case GrpcException grpc:
                    return grpc;
                case ConnectionResetException or ConnectionAbortedException:
                    return new GrpcException(GrpcStatusCode.Unavailable, "The connection was lost.", exception);
                case BadHttpRequestException bad:
                    return new GrpcException(GrpcStatusCode.Internal, $"The request is malformed: {bad.Message}", exception);
                default:
                    break;
            }
        }

        return new GrpcException(GrpcStatusCode.Cancelled, "The caller reset the call.", exception);
    }

    // The handler has one exception type for an RST_STREAM, a GOAWAY and a ping that was not answered, and only the text
    // tells them apart: of the three, the first alone speaks of a stream.
    private static bool IsReset(HttpProtocolException exception) => exception.Message.Contains("stream", StringComparison.OrdinalIgnoreCase);
}
