using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Remote.Transport;

/// <summary>Turns an HTTP request into a call, runs its handler and sends the status.</summary>
internal sealed class GrpcDispatcher(GrpcMethods methods, GrpcServiceOptions options)
{
    private readonly ILogger _logger = options.LoggerFactory.CreateLogger("Remote.Transport.Server");

    public Task DispatchAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }

        if (!GrpcStatusMapping.IsGrpc(request.ContentType) || !HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        // The raw target, because request paths are unescaped and routing ignores case: neither may open a second door.
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!methods.TryGet(target, out GrpcMethods.Entry? entry))
        {
            return RefuseAsync(context, new GrpcStatus(GrpcStatusCode.Unimplemented, "The server has no such method."));
        }

        string timeout = request.Headers["grpc-timeout"].ToString();
        if (timeout.Length > 0 && !GrpcTimeout.TryDecode(timeout, out _))
        {
            return RefuseAsync(context, new GrpcStatus(GrpcStatusCode.Internal, "The grpc-timeout header is malformed."));
        }

        return RunAsync(context, target, entry);
    }

    private static Task RefuseAsync(HttpContext context, GrpcStatus status)
    {
        GrpcServerFields.WriteHead(context.Response, []);
        GrpcServerFields.WriteStatus(context.Response.Headers, status, trailers: null);
        return Task.CompletedTask;
    }

    /// <summary>A long stream would otherwise be ended by limits made for ordinary requests, together with its connection.</summary>
    private static void LiftLimits(HttpContext context, GrpcMethodKind kind)
    {
        // Every kind: the limit that counts here is that on messages.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (kind == GrpcMethodKind.Unary)
        {
            return;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
    }

    private async Task RunAsync(HttpContext context, string method, GrpcMethods.Entry entry)
    {
        LiftLimits(context, entry.Kind);
        var stream = new GrpcServerStream(context, method, options);
        try
        {
            GrpcStatus status = await InvokeAsync(stream, entry.Handler).ConfigureAwait(false);
            await stream.FinishAsync(status).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The connection went while the status was on its way out; nobody is left to hear it.
            GrpcServerLog.StatusLost(_logger, exception, method);
            context.Abort();
        }
        finally
        {
            stream.Dispose();
        }
    }

    private async Task<GrpcStatus> InvokeAsync(GrpcServerStream stream, GrpcHandler handler)
    {
        try
        {
            await handler(stream).ConfigureAwait(false);
            return GrpcStatus.OK;
        }
        catch (GrpcException exception)
        {
            foreach (GrpcMetadataEntry entry in exception.Trailers ?? [])
            {
                stream.Trailers.AddEntry(entry);
            }

            return exception.Status;
        }
        catch (Exception exception) when (stream.CancellationToken.IsCancellationRequested)
        {
            // Whatever it is, it came of the call having ended under the handler.
            GrpcServerLog.HandlerInterrupted(_logger, exception, stream.Method);
            return stream.Status ?? new GrpcStatus(GrpcStatusCode.Cancelled);
        }
        catch (Exception exception)
        {
            GrpcServerLog.HandlerFailed(_logger, exception, stream.Method);
            string detail = options.IncludeExceptionDetails ? $"{exception.GetType().Name}: {exception.Message}" : "The handler failed.";
            return new GrpcStatus(GrpcStatusCode.Unknown, detail);
        }
    }
}
