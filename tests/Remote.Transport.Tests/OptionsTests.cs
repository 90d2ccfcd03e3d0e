namespace Remote.Transport.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void GrpcClient_OptionsOutOfRange_AllAreNamedWithTheirRanges()
    {
        var options = new GrpcClientOptions
        {
            MaxReceiveMessageBytes = -1,
            ConnectTimeout = TimeSpan.Zero,
            InitialStreamWindowBytes = 1,
            KeepAlivePingDelay = TimeSpan.FromMilliseconds(10),
            KeepAlivePingTimeout = TimeSpan.Zero,
            TimeProvider = null!,
        };

        ArgumentException exception = Assert.Throws<ArgumentException>(() => new GrpcClient("localhost:1", options));

        foreach (string name in new[] { "MaxReceiveMessageBytes is -1", "ConnectTimeout", "InitialStreamWindowBytes is 1; allowed are 65535", "KeepAlivePingDelay", "KeepAlivePingTimeout", "TimeProvider" })
        {
            Assert.Contains(name, exception.Message);
        }
    }

    [Fact]
    public async Task GrpcServer_OptionsOutOfRange_AllAreNamedWithTheirRanges()
    {
        var options = new GrpcServerOptions
        {
            MaxReceiveMessageBytes = -1,
            InitialStreamWindowBytes = 1,
            InitialConnectionWindowBytes = 1,
            MaxStreamsPerConnection = 0,
            MaxConnections = 0,
            KeepAlivePingDelay = TimeSpan.Zero,
            LoggerFactory = null!,
        };

        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(() => GrpcServer.StartAsync(options).Within("the refusal"));

        foreach (string name in new[] { "MaxReceiveMessageBytes", "InitialStreamWindowBytes", "InitialConnectionWindowBytes", "MaxStreamsPerConnection is 0", "MaxConnections", "KeepAlivePingDelay", "LoggerFactory", "listeners" })
        {
            Assert.Contains(name, exception.Message);
        }
    }

    [Fact]
    [Trait("Behaviour", "T-05")]
    public async Task EveryOptionAtItsBounds_Works()
    {
        foreach ((int window, TimeSpan ping) in new[] { (65_535, TimeSpan.FromSeconds(1)), (16 << 20, Timeout.InfiniteTimeSpan) })
        {
            await using Loopback loopback = await Loopback.StartAsync(
                m => m.Add("/t.S/Echo", Frames.EchoAsync),
                server =>
                {
                    server.InitialStreamWindowBytes = window;
                    server.InitialConnectionWindowBytes = window;
                    server.KeepAlivePingDelay = ping;
                    server.KeepAlivePingTimeout = ping;
                },
                client =>
                {
                    client.InitialStreamWindowBytes = window;
                    client.KeepAlivePingDelay = ping;
                    client.KeepAlivePingTimeout = ping;
                    client.ConnectTimeout = Timeout.InfiniteTimeSpan;
                });

            Assert.Equal(300_000, (await loopback.Client.UnaryBytesAsync("/t.S/Echo", new byte[300_000]).Within("the answer")).Length);
        }
    }
}
