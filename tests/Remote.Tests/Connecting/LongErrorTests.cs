using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Proto;

namespace Remote.Tests;

/// <summary>Errors that others have worded: each place that takes one in keeps no more than the beginning.</summary>
[Trait("Behaviour", "E-08")]
public sealed class LongErrorTests
{
    private const int Limit = LogText.MaxDetail;

    private static readonly string Long = new('x', 50_000);

    [Fact]
    public void Status_HasTheBeginningOfItsDetail()
    {
        var given = new RpcException(new Status(StatusCode.Unavailable, Long));

        var failure = CallFailure.AtClient(given);
        var shorter = CallFailure.Of(StatusCode.Unavailable, "short", given);

        Assert.InRange(failure.Status.Detail.Length, Limit / 2, Limit);
        Assert.Equal((failure.Status.Detail, null), (failure.Message, failure.Status.DebugException));
        Assert.Equal(("short", given), (shorter.Message, shorter.Status.DebugException));
    }

    [Fact]
    public async Task Refusal_OfAWebServer_HasTheBeginningOfItsChallenge()
    {
        using var handler = new RequestHandler(new Refusing(), received: null, static () => null, static () => null);
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://peer:1/");

        using var response = await client.SendAsync(request, default);

        Assert.StartsWith("The peer's web server answered HTTP 401 Unauthorized (www-authenticate: Bearer x", handler.Refusal, StringComparison.Ordinal);
        Assert.InRange(handler.Refusal!.Length, Limit / 2, Limit);
    }

    /// <summary>What no call has ended with, here an interceptor of the application.</summary>
    [Fact]
    public async Task Exception_OfADial_IsInLastErrorAndDeadLetters_WithItsBeginning()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            TestPeers.GiveUpQuickly(options);
            options.Reconnect.InitialDelay = options.Reconnect.MaxDelay = TimeSpan.FromHours(1);
            options.Reconnect.Outage = OutagePolicy.DeadLetter;
            options.Hooks.Interceptors.Add(new Wordy());
        });

        node.Root.Send(new PID("peer:1", "x"), new StringValue());

        var detail = (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Detail!;
        var error = node.Remote.GetEndpointStatistics("peer:1")!.LastError!;
        Assert.InRange(error.Length, Limit / 2, Limit);
        Assert.InRange(detail.Length, error.Length, error.Length + 150);
        Assert.Contains(error, detail, StringComparison.Ordinal);
    }

    private sealed class Refusing : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.Unauthorized);
            response.Headers.TryAddWithoutValidation("www-authenticate", $"Bearer {Long}");
            return Task.FromResult(response);
        }
    }

    private sealed class Wordy : Interceptor
    {
        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) =>
            throw new InvalidOperationException(Long);
    }
}
