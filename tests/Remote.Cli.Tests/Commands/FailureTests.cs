using System.Net;
using System.Net.Sockets;

namespace Remote.Cli.Tests.Commands;

/// <summary>What is said when nothing answers, or something else does.</summary>
[Trait("Behaviour", "O-04")]
public sealed class FailureTests
{
    [Theory]
    [InlineData("ping")]
    [InlineData("ping", "127.0.0.1:5070", "--count", "0")]
    [InlineData("ping", "127.0.0.1:5070", "--timeout", "soon")]
    [InlineData("ping", "127.0.0.1:5070", "--key", "a.key")]
    [InlineData("ping", "127.0.0.1:5070", "--insecure", "--ca", "ca.crt")]
    [InlineData("ps", "127.0.0.1:5070", "a", "--exact", "--regex")]
    [InlineData("unknown")]
    [InlineData("ping", "http://127.0.0.1:5070")]
    [InlineData("ping", "127.0.0.1:5070", "--secret-file", "/nowhere/secret")]
    [InlineData("ping", "127.0.0.1:5070", "--ca", "/nowhere/ca.crt")]
    public async Task CommandLine_Wrong_IsAUsageFault(params string[] arguments)
    {
        var result = (await ToolRun.RunAsync([.. arguments, "--json"])).Expect(ExitCode.Usage);

        Assert.NotEqual("", result.Errors);
        Assert.Equal("usage", result.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Ping_ClosedPort_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;
        taken.Stop();

        await ExpectAsync(ExitCode.Unreachable, $"Nothing listens on {address}", "ping", address);
    }

    [Fact]
    public Task Ping_NameWithoutAddress_SaysSo() =>
        ExpectAsync(ExitCode.Unreachable, "The name no-such-node.invalid has no address", "ping", "no-such-node.invalid:5070");

    [Fact]
    public Task Ping_SocketThatIsNotThere_SaysSo() =>
        ExpectAsync(ExitCode.Unreachable, "There is no socket at /nowhere/node.sock", "ping", "unix:///nowhere/node.sock");

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "does not speak gRPC")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "does not speak gRPC")]
    [InlineData("", "not speak gRPC")]
    public async Task Ping_AnotherServer_SaysSo(string answer, string said)
    {
        await using var server = new OtherServer(answer);

        await ExpectAsync(ExitCode.Unreachable, said, "ping", server.Address);
    }

    [Fact]
    public async Task Ping_ServerThatSaysNothing_EndsInTime()
    {
        await using var server = new OtherServer(answer: null);

        // Of the answer, or of the connection where the machine is busy.
        await ExpectAsync(ExitCode.Unreachable, "within 0.3 s", "ping", server.Address, "--timeout", "0.3");
    }

    [Fact]
    public async Task Commands_WithoutSecret_AreRefusedAndWithItLetIn()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "0123456789abcdef0123\n");
        await using var node = await LiveNode.StartAsync(options => options.Access = AccessOptions.SharedSecret(file));

        await ExpectAsync(ExitCode.Refused, "--secret-file", "endpoints", node.Address);
        (await ToolRun.RunAsync("endpoints", node.Address, "--secret-file", file)).Expect(ExitCode.Ok);
        File.Delete(file);
    }

    [Fact]
    public async Task Endpoints_AdministrationOff_IsRefusedAndPingStillAnswers()
    {
        await using var node = await LiveNode.StartAsync(options => options.Administration.Enabled = false);

        await ExpectAsync(ExitCode.Refused, "RemoteOptions.Administration.Enabled", "endpoints", node.Address);
        var ping = (await ToolRun.RunAsync("ping", node.Address, "--json")).Expect(ExitCode.Ok).Json;
        Assert.Equal(("remote", node.System.Id), (ping.GetProperty("kind").GetString(), ping.GetProperty("systemId").GetString()));
        (await ToolRun.RunAsync("ps", node.Address)).Expect(ExitCode.Ok);
        (await ToolRun.RunAsync("inspect", node.Address, "$activator")).Expect(ExitCode.Ok);
    }

    /// <summary>A policy of the application refuses with a status of HTTP.</summary>
    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Endpoints_WebServerThatWantsAuthorization_IsRefused(int status)
    {
        await using var server = await StatusServer.StartAsync(status);

        await ExpectAsync(ExitCode.Refused, "RequireAuthorization", "endpoints", server.Address);
        await ExpectAsync(ExitCode.Refused, "RequireAuthorization", "ping", server.Address);
    }

    [Fact]
    public async Task Ping_AnotherWebServer_IsNoGrpc()
    {
        await using var server = await StatusServer.StartAsync(404);

        await ExpectAsync(ExitCode.Unreachable, "not gRPC", "endpoints", server.Address);
    }

    /// <summary>Two of many ways in which a file or a pipe takes no more.</summary>
    [Theory]
    [InlineData(28, ExitCode.Failed, "The output cannot be written: No space left.")]
    [InlineData(32, ExitCode.BrokenPipe, "")]
    public async Task Output_ThatTakesNoMore_IsSaidUnlessItsReaderHasGone(int error, int exitCode, string said)
    {
        await using var node = await LiveNode.StartAsync();
        using var interruption = Interruption.None();
        using var errors = new StringWriter();
        using var tool = new ToolOutput(new FailingWriter(error), errors, new Surroundings(false, false, false, Surroundings.Unlimited));

        var code = await Tool.RunAsync(["ps", node.Address, "--timeout", "60"], tool, interruption);

        Assert.Equal((exitCode, said), (code, errors.ToString().TrimEnd()));
    }

    [Theory]
    [InlineData("remote [command] [options]", "--help")]
    [InlineData("remote --help", "frobnicate")]
    [InlineData("remote ping --help", "ping")]
    public async Task Help_OfTheTool_HasTheNameThatPeopleType(string said, params string[] arguments)
    {
        var result = await ToolRun.RunAsync(arguments);

        Assert.Contains(said, result.Out + result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Remote.Cli", result.Out + result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_OverUnixSocket_Work()
    {
        var folder = Directory.CreateTempSubdirectory("remote-cli-");
        await using (var node = await LiveNode.StartAsync(options => options.UnixSocketPath = Path.Combine(folder.FullName, "node.sock")))
        {
            (await ToolRun.RunAsync("ping", node.Address)).Expect(ExitCode.Ok);
            (await ToolRun.RunAsync("ps", node.Address)).Expect(ExitCode.Ok);
        }

        folder.Delete(recursive: true);
    }

    /// <summary>A person reads what and where, and what to do; a script reads the same.</summary>
    private static async Task ExpectAsync(int exitCode, string said, params string[] arguments)
    {
        var result = (await ToolRun.RunAsync([.. arguments, "--json"])).Expect(exitCode);

        var error = result.Json.GetProperty("error");
        Assert.Contains(said, $"{error.GetProperty("message").GetString()} {error.GetProperty("advice").GetString()}", StringComparison.Ordinal);
        Assert.Equal((exitCode, arguments[1]), (error.GetProperty("exitCode").GetInt32(), error.GetProperty("address").GetString()));
        Assert.NotEqual("", error.GetProperty("advice").GetString());
        Assert.Contains(said, result.Errors, StringComparison.Ordinal);
    }

    private sealed class FailingWriter(int error) : TextWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void Write(char value) => throw new IOException("No space left.", error);
    }
}
