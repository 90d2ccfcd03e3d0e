namespace Remote.Transport.Tests;

/// <summary>A server and a client of it, over TCP on loopback unless told otherwise. Fails the test on an unexpected error log.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    private Loopback(GrpcServer server, GrpcClient client, CapturedLog log)
    {
        Server = server;
        Client = client;
        Log = log;
    }

    public GrpcServer Server { get; }

    public GrpcClient Client { get; }

    public CapturedLog Log { get; }

    /// <summary>Set by tests whose handlers fail on purpose.</summary>
    public bool ExpectsErrors { get; set; }

    public static async Task<Loopback> StartAsync(
        Action<GrpcMethods> methods, Action<GrpcServerOptions>? server = null, Action<GrpcClientOptions>? client = null)
    {
        var log = new CapturedLog();
        var options = new GrpcServerOptions { LoggerFactory = log };
        methods(options.Methods);
        server?.Invoke(options);
        if (options.EndPoints.Count == 0)
        {
            options.Listen("127.0.0.1", 0);
        }

        GrpcServer started = await GrpcServer.StartAsync(options).Within("the server to start");
        var clientOptions = new GrpcClientOptions();
        client?.Invoke(clientOptions);
        return new Loopback(started, new GrpcClient(started.Addresses[0], clientOptions), log);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync().Within("the server to stop");
        if (!ExpectsErrors)
        {
            Assert.True(!Log.Errors.Any(), "Unexpected errors were logged: " + string.Join("\n", Log.Errors));
        }
    }
}
