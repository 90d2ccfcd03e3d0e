using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>A node on a web server that takes callers for what they say they are: from here, from elsewhere, with a certificate.</summary>
internal sealed class GuardedHost : IAsyncDisposable
{
    public const string CallerHeader = "test-caller";
    public const string Elsewhere = "203.0.113.7";

    private readonly WebApplication _app;

    private GuardedHost(WebApplication app, TestLog log) => (_app, Log) = (app, log);

    public TestLog Log { get; }

    public ReliableRemote Remote => _app.Services.GetRequiredService<ReliableRemote>();

    public string Address => Remote.Address;

    public PID Echo => PID.FromAddress(Address, "echo");

    /// <param name="options">Who may do what.</param>
    /// <param name="certificates">What a caller of a name shows.</param>
    public static async Task<GuardedHost> StartAsync(Action<RemoteOptions> options, IReadOnlyDictionary<string, X509Certificate2>? certificates = null)
    {
        var log = new TestLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor).WithRemoteKind("kind", Props.FromFunc(EchoAsync));
        builder.Services.AddRemote(config, options);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            var caller = (string?)context.Request.Headers[CallerHeader] ?? "here";
            context.Connection.RemoteIpAddress = IPAddress.Parse(caller == "here" ? "127.0.0.1" : Elsewhere);
            context.Connection.ClientCertificate = certificates?.GetValueOrDefault(caller);
            return next(context);
        });
        app.MapRemote();
        await app.StartAsync().Within("the start of the application");
        var host = new GuardedHost(app, log);
        host.Remote.System.Root.SpawnNamed(Props.FromFunc(EchoAsync), "echo");
        return host;
    }

    /// <summary>What a caller says of itself: who it is, and a secret if it knows one.</summary>
    public static Metadata HeadersOf(string caller, string? secret = null)
    {
        var headers = new Metadata { { CallerHeader, caller } };
        if (secret is not null)
        {
            headers.Add(SharedSecretFile.Header, secret);
        }

        return headers;
    }

    /// <summary>A node that says so when it dials.</summary>
    public static Task<TestNode> StartPeerAsync(Metadata headers) =>
        TestNode.StartAsync(setup: setup => setup.Change(config => config.WithCallOptions(new CallOptions(headers))));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().Within("the stop of the application");
        await _app.DisposeAsync();
        Log.VerifyNoErrors();
    }

    private static Task EchoAsync(IContext context)
    {
        if (context.Message is StringValue)
        {
            context.Respond(context.Message);
        }

        return Task.CompletedTask;
    }
}
