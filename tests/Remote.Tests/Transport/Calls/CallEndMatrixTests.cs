using System.Globalization;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Remote.Tests;

/// <summary>
/// How a call can end, and what each side makes of it: the status, and whether that is the peer's verdict on what was sent or a cut after which it
/// is sent again (decision pages 0014 and 0023). The other side is played frame by frame.
/// </summary>
[Trait("Behaviour", "T-12")]
public sealed class CallEndMatrixTests
{
    private const string NoError = "0", InternalError = "2", RefusedStream = "7", Cancel = "8", EnhanceYourCalm = "11", InadequateSecurity = "12";

    // What fills the window that HTTP/2 begins with, and waits there.
    private const int Window = 65_535;

    private static readonly string[] Http2Errors = [.. Enumerable.Range(0, 14).Append(255).Select(code => code.ToString(CultureInfo.InvariantCulture))];

    private static readonly string[] Always =
    [
        .. Http2Errors.Select(code => $"reset {code}"),
        .. new[] { NoError, InternalError, EnhanceYourCalm }.SelectMany(code => new[] { $"goaway {code}", $"goaway {code} and closed" }),
        "closed", "killed", "ping", "deadline", "nonsense",
    ];

    /// <summary>How the peer ends the call, where the call is then, and what it means.</summary>
    public static TheoryData<string, string, StatusCode> AtTheClient
    {
        get
        {
            TheoryData<string, string, StatusCode> cells = [];
            foreach (var where in new[] { "dialling", "reading", "writing" })
            {
                foreach (var end in Always.Concat(Enumerable.Range(1, 17).Select(status => $"status {status}")).Append("status none"))
                {
                    cells.Add(end, where, ExpectedAtTheClient(end));
                }
            }

            foreach (var (status, expected) in Http)
            {
                cells.Add($"http {status}", "dialling", expected);
            }

            cells.Add("half a message", "reading", StatusCode.Internal);
            return cells;
        }
    }

    /// <summary>How the caller ends the call, where the handler is then, whose web server it is, and what it means; OK is the end of the requests.</summary>
    public static TheoryData<string, string, bool, StatusCode> AtTheServer
    {
        get
        {
            TheoryData<string, string, bool, StatusCode> cells = [];
            foreach (var isShared in new[] { false, true })
            {
                foreach (var where in new[] { "reading", "writing" })
                {
                    foreach (var end in Http2Errors.Select(code => $"reset {code}"))
                    {
                        cells.Add(end, where, isShared, StatusCode.Cancelled);
                    }

                    cells.Add("goaway 0 and closed", where, isShared, StatusCode.Unavailable);
                    cells.Add("closed", where, isShared, StatusCode.Unavailable);
                    cells.Add("killed", where, isShared, StatusCode.Unavailable);
                    cells.Add("nonsense", where, isShared, StatusCode.Unavailable);
                    cells.Add("ping", where, isShared, StatusCode.Unavailable);
                    cells.Add("deadline", where, isShared, StatusCode.DeadlineExceeded);
                }

                cells.Add("half-closed", "reading", isShared, StatusCode.OK);
                cells.Add("half a message", "reading", isShared, StatusCode.Internal);
            }

            return cells;
        }
    }

    // A ping that is not answered is noticed after seconds, and all of them are waiting: the first of these cells begins the others, too.
    private static readonly Lazy<Dictionary<string, Task>> PingsAtTheClient = new(() => AtTheClient
        .Where(cell => (string)cell[0] == "ping")
        .ToDictionary(cell => (string)cell[1], cell => EndAtTheClientAsync("ping", (string)cell[1], (StatusCode)cell[2])));

    private static readonly Lazy<Dictionary<(string Where, bool IsShared), Task>> PingsAtTheServer = new(() => AtTheServer
        .Where(cell => (string)cell[0] == "ping")
        .ToDictionary(
            cell => ((string)cell[1], (bool)cell[2]),
            cell => EndAtTheServerAsync("ping", (string)cell[1], (bool)cell[2], (StatusCode)cell[3])));

    private static readonly (int, StatusCode)[] Http =
    [
        (400, StatusCode.Internal), (401, StatusCode.Unauthenticated), (403, StatusCode.PermissionDenied), (404, StatusCode.Unimplemented),
        (429, StatusCode.Unavailable), (500, StatusCode.Unknown), (502, StatusCode.Unavailable), (503, StatusCode.Unavailable), (504, StatusCode.Unavailable),
    ];

    [Theory]
    [MemberData(nameof(AtTheClient))]
    public Task Client_WhenThePeerEndsTheCall_KnowsVerdictFromCut(string end, string where, StatusCode expected) =>
        end == "ping" ? PingsAtTheClient.Value[where] : EndAtTheClientAsync(end, where, expected);

    [Theory]
    [MemberData(nameof(AtTheServer))]
    public Task Server_WhenTheCallerEndsTheCall_KnowsResetFromCut(string end, string where, bool isShared, StatusCode expected) =>
        end == "ping" ? PingsAtTheServer.Value[(where, isShared)] : EndAtTheServerAsync(end, where, isShared, expected);

    private static async Task EndAtTheClientAsync(string end, string where, StatusCode expected)
    {
        var act = new TaskCompletionSource<Http2Wire>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await PlayedHttp2.StartAsync(
            async wire =>
            {
                if (where != "dialling")
                {
                    await wire.HeadersAsync(200);
                    await wire.DataAsync(LoopbackCalls.Frame("welcome"u8));
                }

                act.TrySetResult(wire);
            },
            wire => wire.AnswersPings = end != "ping");
        await using var channel = Loopback.ChannelTo(server.Address, dial: settings => With(settings, end));
        var call = channel.Receive();
        await call.WriteTextAsync("hello");
        if (where != "dialling")
        {
            Assert.True(await call.Reader.ReadAsync().AsTask().Within("the welcome"));
        }

        var read = call.Reader.ReadAsync().AsTask();
        Task write = Task.CompletedTask;
        if (where == "writing")
        {
            write = call.WriteAsync(new byte[1 << 20]).AsTask();
            await server.ReceivedAsync(Window);
        }

        await EndAsync(await act.Task.Within("the call at the server"), end, isServer: true, headersAreSent: where != "dialling");

        var failure = await Assert.ThrowsAsync<RpcException>(() => read.Within("the end of the reader"));
        Assert.True(failure.StatusCode == expected, $"Expected {expected}, got {failure}");
        Assert.Equal(IsVerdict(expected), DialledSession.IsVerdictOf(failure));
        Assert.NotEqual("", failure.Status.Detail);

        // A write may say less than the reader, and never anything else.
        var unwritten = await Record.ExceptionAsync(() => write.Within("the end of the write"));
        Assert.True(unwritten is null or RpcException, $"The write failed with {unwritten}");
        Assert.True(unwritten is null || IsVerdict(expected) || !DialledSession.IsVerdictOf(unwritten), $"A cut, and the write says {unwritten}");

        // A stream that was refused is not repeated, at most its connection is.
        Assert.InRange(server.Connections, 1, end.StartsWith("goaway", StringComparison.Ordinal) ? 2 : 1);
    }

    private static async Task EndAtTheServerAsync(string end, string where, bool isShared, StatusCode expected)
    {
        var reader = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var writer = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await StartAsync(isShared, end == "ping", async call =>
        {
            Assert.True(await call.Reader.ReadAsync());
            var read = Record.ExceptionAsync(async () => Assert.False(await call.Reader.ReadAsync()));

            // The caller may end the call as soon as the first byte is there, which may be before the write knows that it is done.
            var unwritten = await Record.ExceptionAsync(() => call.WriteAsync(LoopbackCalls.Bytes("welcome")).AsTask());
            if (where == "writing")
            {
                unwritten = await Record.ExceptionAsync(() => call.WriteAsync(new byte[1 << 20]).AsTask());
            }

            writer.SetResult(unwritten);
            reader.SetResult(await read);
        });
        using var client = await Http2Wire.ConnectAsync(server.Address);
        client.AnswersPings = end != "ping";
        await client.OpenAsync(headers: end == "deadline" ? [("grpc-timeout", "1S")] : []);
        await client.DataAsync(LoopbackCalls.Frame("hello"u8));
        await client.ReadDataAsync(where == "writing" ? Window : 1);

        await EndAsync(client, end, isServer: false);
        var draining = end is "ping" or "deadline" ? DrainAsync(client) : Task.CompletedTask;

        // The handler writes first, and a write that does not end would pass for a reader that does not.
        var unwritten = await writer.Task.Within("the end of the handler's write");
        Check(await reader.Task.Within("the end of the handler's reader"));

        // The web server swallows what is written to a request that is gone: the write says less than the reader, or nothing.
        Assert.True(
            unwritten is null || (unwritten is RpcException failed && (failed.StatusCode == expected || failed.StatusCode == StatusCode.Cancelled)),
            $"The write failed with {unwritten}");

        client.Dispose();
        await draining.Within("the end of the connection");

        void Check(Exception? exception) => Assert.True(
            expected == StatusCode.OK ? exception is null : exception is RpcException failure && failure.StatusCode == expected, $"Expected {expected}, got {exception}");
    }

    private static StatusCode ExpectedAtTheClient(string end) => end.Split(' ') switch
    {
        ["status", "17"] => StatusCode.Unknown,
        ["status", var status] when status != "none" => (StatusCode)int.Parse(status, CultureInfo.InvariantCulture),
        ["reset", RefusedStream] => StatusCode.Unavailable,
        ["reset", Cancel] => StatusCode.Cancelled,
        ["reset", EnhanceYourCalm] => StatusCode.ResourceExhausted,
        ["reset", InadequateSecurity] => StatusCode.PermissionDenied,
        ["reset", _] => StatusCode.Internal,
        ["deadline"] => StatusCode.DeadlineExceeded,
        ["status", "none"] or ["half", ..] => StatusCode.Internal,
        _ => StatusCode.Unavailable,
    };

    /// <summary>As <see cref="DialledSession"/> has it.</summary>
    private static bool IsVerdict(StatusCode code) => code is StatusCode.InvalidArgument or StatusCode.ResourceExhausted or StatusCode.Internal or StatusCode.Unknown;

    private static ChannelSettings With(ChannelSettings settings, string end) => end switch
    {
        "ping" => settings with { Transport = new TransportOptions { KeepAlivePingDelay = TimeSpan.FromSeconds(1), KeepAlivePingTimeout = TimeSpan.FromSeconds(1) } },
        "deadline" => settings with { Call = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(1)) },
        _ => settings,
    };

    private static async Task EndAsync(Http2Wire wire, string end, bool isServer, bool headersAreSent = true)
    {
        var words = end.Split(' ');
        var number = words.Length > 1 && uint.TryParse(words[1], out var parsed) ? parsed : 0;
        switch (words)
        {
            case ["status", "none"]:
                await (headersAreSent ? wire.TrailersAsync(("x", "y")) : wire.HeadersOnlyAsync(200, "application/grpc"));
                break;
            case ["status", _]:
                (string, string)[] status = [("grpc-status", words[1]), ("grpc-message", "because")];
                await (headersAreSent ? wire.TrailersAsync(status) : wire.HeadersOnlyAsync(200, "application/grpc", status));
                break;
            case ["http", _]:
                await wire.HeadersOnlyAsync((int)number, "text/html");
                break;
            case ["reset", _]:
                await wire.ResetAsync(number);
                break;
            case ["goaway", _]:
                // Our stream is among those that will not be served.
                await wire.GoAwayAsync(number, last: 0);
                break;
            case ["goaway", _, "and", "closed"]:
                await wire.GoAwayAsync(number, last: 1);
                wire.Kill(reset: false);
                break;
            case ["closed"]:
                wire.Kill(reset: false);
                break;
            case ["killed"]:
                wire.Kill(reset: true);
                break;
            case ["nonsense"]:
                // Data that belongs to no stream is an error of the connection.
                await wire.FrameAsync(Http2Wire.Data, 0, 0, [1]);
                break;
            case ["half", "a", "message"]:
                await wire.DataAsync(LoopbackCalls.Frame("truncated"u8)[..8], end: !isServer);
                await (isServer ? wire.TrailersAsync(("grpc-status", "0")) : Task.CompletedTask);
                break;
            case ["half-closed"]:
                await wire.DataAsync([], end: true);
                break;
        }
    }

    private static async Task DrainAsync(Http2Wire wire)
    {
        while (await wire.ReadAsync() is not null)
        {
            // Settings are acknowledged, and pings are not.
        }
    }

    /// <summary>A listener of a node, or a web server of an application with the service mapped on it.</summary>
    private static async Task<Server> StartAsync(bool isShared, bool pings, Func<AcceptedCall, Task> serve)
    {
        var ping = pings ? TimeSpan.FromSeconds(1) : Timeout.InfiniteTimeSpan;
        if (!isShared)
        {
            var transport = new TransportOptions { KeepAlivePingDelay = ping, KeepAlivePingTimeout = TimeSpan.FromSeconds(1) };
            var loopback = await Loopback.StartAsync(serve, listen: settings => settings with { Transport = transport });
            loopback.Log.Expect("ApplicationError");
            return new Server(loopback.Listener.Address, loopback);
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            (kestrel.Limits.Http2.KeepAlivePingDelay, kestrel.Limits.Http2.KeepAlivePingTimeout) = (pings ? ping : TimeSpan.MaxValue, TimeSpan.FromSeconds(1));
        });
        builder.Services.AddSingleton<IRemotingHandler>(new PlayedCalls.PlayedHandler(serve));
        builder.Services.AddRemotingService(_ => 4 * 1024 * 1024);
        var app = builder.Build();
        app.MapRemotingService();
        await app.StartAsync().Within("the start of an application");
        return new Server(new Uri(app.Urls.First()).Authority, app);
    }

    private sealed record Server(string Address, IAsyncDisposable Owner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Owner.DisposeAsync();
    }
}
