using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Proto;
using Remote.Testing;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Remote.Tests;

/// <summary>The checks in a web application, as probes ask for them.</summary>
[Trait("Behaviour", "O-02")]
public sealed class HostedHealthTests
{
    /// <summary>An address of this machine where nobody listens.</summary>
    private static readonly PID Nobody = new("127.0.0.1:1", "nobody");

    [Fact]
    public async Task MapHealthChecks_FilteredByTags_AnswersForTheNode()
    {
        await using var host = await HostedNode.StartAsync(
            services => services.AddHealthChecks().AddRemote(),
            map: app =>
            {
                foreach (var tag in new[] { "live", "ready" })
                {
                    app.MapHealthChecks($"/health/{tag}", new HealthCheckOptions { Predicate = check => check.Tags.Contains(tag), ResponseWriter = WriteAsync });
                }
            });
        host.Log.Expect("HealthCheckEnd");
        using var events = new EventProbe();
        host.Remote.System.EventStream.Subscribe<object>(events.Record);
        var (live, ready) = (new Uri($"http://{host.Address}/health/live"), new Uri($"http://{host.Address}/health/ready"));
        Assert.Equal((HttpStatusCode.OK, "remote-live Healthy"), await GetAsync(live));
        Assert.Equal((HttpStatusCode.OK, "remote-ready Healthy"), await GetAsync(ready));

        // It stays in service without a peer.
        host.Remote.System.Root.Send(Nobody, new StringValue());
        await events.NextAsync<EndpointReconnecting>();
        Assert.Equal((HttpStatusCode.OK, "remote-live Healthy"), await GetAsync(live));
        Assert.Equal((HttpStatusCode.OK, "remote-ready Degraded"), await GetAsync(ready));

        // The web server stands for a while when the node has left.
        await host.Remote.ShutdownAsync().Within("the shutdown of the node");
        Assert.Equal((HttpStatusCode.OK, "remote-live Healthy"), await GetAsync(live));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "remote-ready Unhealthy"), await GetAsync(ready));
    }

    [Fact]
    public async Task MapGrpcHealthChecksService_AnswersForTheNode()
    {
        await using var host = await HostedNode.StartAsync(
            services => services
                .AddGrpcHealthChecks(options =>
                {
                    options.Services.Map("live", check => check.Tags.Contains("live"));
                    options.Services.Map("ready", check => check.Tags.Contains("ready"));
                })
                .AddRemote(),
            map: app => app.MapGrpcHealthChecksService());
        host.Log.Expect("HealthCheckEnd");
        using var channel = PlayedCalls.PlainChannel(host.Address);
        var client = new Health.HealthClient(channel);
        Assert.Equal([ServingStatus.Serving, ServingStatus.Serving, ServingStatus.Serving], await AskAsync());

        await host.Remote.ShutdownAsync().Within("the shutdown of the node");

        Assert.Equal([ServingStatus.NotServing, ServingStatus.Serving, ServingStatus.NotServing], await AskAsync());

        async Task<ServingStatus[]> AskAsync()
        {
            List<ServingStatus> answers = [];
            foreach (var service in new[] { "", "live", "ready" })
            {
                answers.Add((await client.CheckAsync(new HealthCheckRequest { Service = service }).ResponseAsync.Within("the check")).Status);
            }

            return [.. answers];
        }
    }

    // An answer without any check is healthy too.
    private static Task WriteAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsync(string.Join(", ", report.Entries.Select(entry => $"{entry.Key} {entry.Value.Status}")));

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(Uri uri)
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await http.GetAsync(uri).Within(uri.AbsolutePath);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync().Within("the text"));
    }
}
