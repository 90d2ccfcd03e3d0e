using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Remote.Protocol;

namespace Remote.Dashboard;

/// <summary>
/// The requests of the page: judges each and hands it to the node's administration. What comes and goes are the messages of that service,
/// as JSON.
/// </summary>
/// <param name="remote">The node.</param>
/// <param name="stopping">The application stops: a page that goes on looking would hold that up.</param>
internal sealed class DashboardEndpoints(ReliableRemote remote, CancellationToken stopping)
{
    // Its requests are an address and a reason.
    private const int MaxRequestBytes = 16 * 1024;

    private readonly RemoteAdministration _administration = remote.Administration;
    private readonly CallerRules _rules = new(remote);

    public IEndpointConventionBuilder MapTo(RouteGroupBuilder group)
    {
        foreach (var file in PageFile.All)
        {
            group.MapGet($"/{file.Path}", Judged(http => SendAsync(http, file)));
        }

        group.MapGet("/live", Judged(OwnPage(http => new LiveStream(_administration, http, stopping).RunAsync())));
        group.MapGet("/blocked", Judged(OwnPage(BlockedAsync)));
        group.MapPost("/block", Judged(OwnButton(BlockAsync)));
        group.MapPost("/unblock", Judged(OwnButton(UnblockAsync)));
        return group;
    }

    private async Task SendAsync(HttpContext http, PageFile file)
    {
        await _administration.AuthorizeAsync(http, "Dashboard").ConfigureAwait(false);
        if (file.Path.Length == 0 && http.Request.Path.Value?.EndsWith('/') != true)
        {
            // What the page refers to is relative, so that it works behind a proxy that changes the path.
            var path = http.Request.Path.Value ?? "";
            http.Response.Redirect(path[(path.LastIndexOf('/') + 1)..] + "/");
            return;
        }

        http.Response.ContentType = file.ContentType;
        http.Response.ContentLength = file.Content.Length;
        await http.Response.Body.WriteAsync(file.Content, http.RequestAborted).ConfigureAwait(false);
    }

    private async Task BlockAsync(HttpContext http)
    {
        var request = await ReadAsync<BlockRequest>(http).ConfigureAwait(false);
        await WriteAsync(http, await _administration.BlockAsync(http, request).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task UnblockAsync(HttpContext http)
    {
        var request = await ReadAsync<UnblockRequest>(http).ConfigureAwait(false);
        await WriteAsync(http, await _administration.UnblockAsync(http, request).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>The block list, and which buttons there are to be.</summary>
    private async Task BlockedAsync(HttpContext http)
    {
        var request = new GetEndpointsRequest { Limit = 1, WithBlocked = true };
        var answer = await _administration.GetEndpointsAsync(http, request).ConfigureAwait(false);
        http.Response.Headers["remote-may-block"] = _administration.WouldAllow(http, "Block") ? "true" : "false";
        http.Response.Headers["remote-may-unblock"] = _administration.WouldAllow(http, "Unblock") ? "true" : "false";
        answer.Endpoints.Clear();
        await WriteAsync(http, answer).ConfigureAwait(false);
    }

    /// <summary>Sets what protects the page, and turns refusals into statuses of HTTP.</summary>
    private RequestDelegate Judged(RequestDelegate next) => async http =>
    {
        SecurityHeaders.Set(http.Response.Headers);
        if (_rules.Objection(http) is { } objection)
        {
            await RefuseAsync(http, StatusCodes.Status403Forbidden, objection).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (RpcException exception) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, StatusOf(exception.StatusCode), exception.Status.Detail).ConfigureAwait(false);
        }
        catch (RpcException)
        {
            http.Abort();
        }
    };

    private static RequestDelegate OwnPage(RequestDelegate next) => Unless(SameOrigin.ObjectionToRead, next);

    private static RequestDelegate OwnButton(RequestDelegate next) => Unless(SameOrigin.ObjectionToChange, next);

    private static RequestDelegate Unless(Func<HttpRequest, string?> objects, RequestDelegate next) => http =>
        objects(http.Request) is { } objection ? RefuseAsync(http, StatusCodes.Status403Forbidden, objection) : next(http);

    private static async Task<T> ReadAsync<T>(HttpContext http)
        where T : IMessage, new()
    {
        var buffer = new byte[MaxRequestBytes + 1];
        var length = await http.Request.Body
            .ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted)
            .ConfigureAwait(false);
        if (length > MaxRequestBytes)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"A request has at most {MaxRequestBytes} bytes."));
        }

        try
        {
            return JsonParser.Default.Parse<T>(System.Text.Encoding.UTF8.GetString(buffer.AsSpan(0, length)));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"That is no {typeof(T).Name} as JSON: {exception.Message}"));
        }
    }

    private static Task WriteAsync(HttpContext http, IMessage message)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(LiveStream.Json.Format(message), http.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext http, int status, string why)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(why, http.RequestAborted);
    }

    private static int StatusOf(StatusCode code) => code switch
    {
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        StatusCode.Unavailable or StatusCode.Cancelled => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
