using System.Net;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>A node alone in its process: what it does about signals and about variables of the environment would reach all other tests.</summary>
internal static class LoneProgram
{
    public const string Node = "lone-node";

    /// <summary>Says where it listens, asks the peer that it is told of, and stays until somebody ends the process.</summary>
    public static int Run(string[] arguments)
    {
        var node = TestNode.StartAsync().GetAwaiter().GetResult();
        Console.Out.WriteLine($"listening on {node.Address}");
        while (Console.In.ReadLine() is { } peer)
        {
            var answer = node.Root.RequestAsync<StringValue>(new PID(peer, "echo"), new StringValue { Value = "hello" }, TestTime.Ceiling);
            Console.Out.WriteLine($"answered {answer.GetAwaiter().GetResult().Value}");
        }

        return arguments.Length;
    }
}

/// <summary>What the web server inside a node would do to a process by itself, and does not.</summary>
[Trait("Behaviour", "T-18")]
public sealed class OwnProcessTests
{
    private const string Nowhere = "http://127.0.0.1:1";

    [Fact]
    public async Task VariablesOfTheEnvironment_ForProxiesAndWebServers_HaveNoEffect()
    {
        var port = FreePort();
        Dictionary<string, string> variables = new()
        {
            ["http_proxy"] = Nowhere,
            ["HTTP_PROXY"] = Nowhere,
            ["HTTPS_PROXY"] = Nowhere,
            ["ALL_PROXY"] = Nowhere,
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ASPNETCORE_HTTP_PORTS"] = $"{port}",
            ["DOTNET_URLS"] = $"http://127.0.0.1:{port}",
        };
        await using var peer = await TestNode.StartAsync();
        peer.SpawnEcho();
        await using var process = StarvedProcess.Start([LoneProgram.Node], variables);
        var address = await process.ReadAsync("listening on ");

        process.Order(peer.Address);

        Assert.Equal("re:hello", await process.ReadAsync("answered "));
        Assert.NotEqual(port, IPEndPoint.Parse(address).Port);
        using var probe = new System.Net.Sockets.TcpClient();
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => probe.ConnectAsync(IPAddress.Loopback, port).Within("the refusal"));
    }

    /// <summary>A host of ASP.NET Core would catch it, and wait for its own end.</summary>
    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Signal_EndsTheProcessAsItWouldWithoutANode(string signal, int expected)
    {
        await using var process = StarvedProcess.Start([LoneProgram.Node]);
        await process.ReadAsync("listening on ");

        await process.SignalAsync(signal);

        Assert.Equal(expected, await process.ExitAsync());
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
