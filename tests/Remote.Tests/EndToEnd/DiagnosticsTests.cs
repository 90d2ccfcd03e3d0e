using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The diagnostic calls, as any gRPC client makes them.</summary>
[Trait("Behaviour", "D-01")]
public sealed class DiagnosticsTests
{
    private const string ListProcesses = "/remote.Remoting/ListProcesses";
    private const string GetProcessDiagnostics = "/remote.Remoting/GetProcessDiagnostics";

    [Theory]
    [InlineData("", Wire.ListProcessesMatchType.MatchPartOfString, "order-1 order-2 ORDER-3 invoice-1")]
    [InlineData("", Wire.ListProcessesMatchType.MatchExactString, "order-1 order-2 ORDER-3 invoice-1")]
    [InlineData("", Wire.ListProcessesMatchType.MatchRegex, "order-1 order-2 ORDER-3 invoice-1")]
    [InlineData("Order", Wire.ListProcessesMatchType.MatchPartOfString, "order-1 order-2 ORDER-3")]
    [InlineData("-1", Wire.ListProcessesMatchType.MatchPartOfString, "order-1 invoice-1")]
    [InlineData("order-1", Wire.ListProcessesMatchType.MatchExactString, "order-1")]
    [InlineData("ORDER-1", Wire.ListProcessesMatchType.MatchExactString, "")]
    [InlineData("^(order|invoice)-1$", Wire.ListProcessesMatchType.MatchRegex, "order-1 invoice-1")]
    [InlineData("(?i)order-[23]", Wire.ListProcessesMatchType.MatchRegex, "order-2 ORDER-3")]
    public async Task List_ByPattern_FindsWhatMatches(string pattern, Wire.ListProcessesMatchType type, string expected)
    {
        await using var node = await TestNode.StartAsync();
        string[] ids = ["order-1", "order-2", "ORDER-3", "invoice-1"];
        Array.ForEach(ids, id => node.Spawn(id));

        var answer = await ListAsync(node, pattern, type);

        var names = answer.Pids.Where(pid => ids.Contains(pid.Id)).Select(pid => pid.Id).Order();
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), names);
        Assert.All(answer.Pids, pid => Assert.Equal(node.Address, pid.Address));
        Assert.Equal((answer.Pids.Count, false), ((int)answer.Total, answer.Truncated));
        Assert.True(pattern.Length == 0 == answer.Pids.Any(pid => pid.Id == "$activator"));
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[z-a]")]
    [InlineData(@"(a)\1")]
    [InlineData("(?=look)ahead")]
    [InlineData("(?>atomic)")]
    public async Task List_ByAPatternThatIsNotSupported_IsInvalidArgumentAndNamesIt(string pattern)
    {
        await using var node = await TestNode.StartAsync();

        var status = await FailsAsync(ListAsync(node, pattern, Wire.ListProcessesMatchType.MatchRegex));

        Assert.Equal(StatusCode.InvalidArgument, status.StatusCode);
        Assert.Contains(pattern, status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Wire.ListProcessesMatchType.MatchPartOfString)]
    [InlineData(Wire.ListProcessesMatchType.MatchExactString)]
    [InlineData(Wire.ListProcessesMatchType.MatchRegex)]
    public async Task List_ByALongPattern_Takes256CharactersAndNotOneMore(Wire.ListProcessesMatchType type)
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn(new string('x', 256));

        Assert.Single((await ListAsync(node, new string('x', 256), type)).Pids);
        Assert.Equal(StatusCode.InvalidArgument, (await FailsAsync(ListAsync(node, new string('x', 257), type))).StatusCode);
    }

    [Fact]
    public async Task List_ByAnUnknownMatchType_IsInvalidArgument()
    {
        await using var node = await TestNode.StartAsync();

        Assert.Equal(StatusCode.InvalidArgument, (await FailsAsync(ListAsync(node, "x", (Wire.ListProcessesMatchType)7))).StatusCode);
    }

    [Fact]
    public async Task List_OfMoreThanTheCap_IsCutAndSaysSo()
    {
        await using var node = await TestNode.StartAsync(options => options.Diagnostics.MaxProcesses = 10);
        for (var i = 0; i < 25; i++)
        {
            node.Spawn($"actor{i}");
        }

        var answer = await ListAsync(node, "actor", Wire.ListProcessesMatchType.MatchPartOfString);

        Assert.Equal((10, 25, true), (answer.Pids.Count, (int)answer.Total, answer.Truncated));
    }

    [Fact]
    public async Task List_OfExactlyTheCap_IsNotCut()
    {
        await using var node = await TestNode.StartAsync(options => options.Diagnostics.MaxProcesses = 10);
        for (var i = 0; i < 10; i++)
        {
            node.Spawn($"actor{i}");
        }

        var answer = await ListAsync(node, "actor", Wire.ListProcessesMatchType.MatchPartOfString);

        Assert.Equal((10, 10, false), (answer.Pids.Count, (int)answer.Total, answer.Truncated));
    }

    [Fact]
    public async Task List_OfLongNames_StaysBelowTheMessageLimit()
    {
        const int Limit = 64 * 1024;
        await using var node = await TestNode.StartAsync(options =>
        {
            options.MaxMessageBytes = Limit;
            options.Endpoint.MaxBatchBytes = Limit;
        });
        for (var i = 0; i < 1000; i++)
        {
            node.Spawn($"{i:0000}{new string('ä', 100)}");
        }

        var answer = await ListAsync(node, "ä", Wire.ListProcessesMatchType.MatchPartOfString);

        Assert.InRange(answer.CalculateSize(), Limit / 4, Limit);
        Assert.Equal((1000, true), ((int)answer.Total, answer.Truncated));
    }

    [Fact]
    public async Task List_WhileActorsComeAndGo_ListsThoseThatStay()
    {
        await using var node = await TestNode.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            node.Spawn($"stays{i}");
        }

        using var enough = new CancellationTokenSource();
        var churn = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await node.Root.StopAsync(node.Root.SpawnPrefix(Props.FromFunc(_ => Task.CompletedTask), "comes"));
            }
        });
        for (var i = 0; i < TestScale.Count(1000); i++)
        {
            var answer = await ListAsync(node, "stays", Wire.ListProcessesMatchType.MatchPartOfString);
            Assert.Equal(100, answer.Pids.Select(pid => pid.Id).Distinct().Count());
            Assert.Equal(100, answer.Pids.Count);
        }

        await enough.CancelAsync();
        await churn.Within("the churn");
    }

    [Fact]
    [Trait("Behaviour", "D-02")]
    public async Task Describe_AnActor_SaysAllThatIsPromised()
    {
        await using var node = await TestNode.StartAsync();
        using var gate = new ManualResetEventSlim();
        var actor = node.Spawn("actor", context =>
        {
            switch (context.Message)
            {
                case "spawn":
                    context.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), "child");
                    break;
                case "fail":
                    throw new InvalidOperationException("on purpose");
                case "block":
                    gate.Wait(TestTime.Ceiling);
                    break;
                case StringValue text:
                    context.Respond(text);
                    break;
            }
        });
        await using var watching = await TestNode.StartAsync();
        var watcher = watching.Spawn("watcher", context =>
        {
            if (context.Message is "watch")
            {
                context.Watch(node.Pid("actor"));
                context.Respond("done");
            }
        });
        await watching.Root.RequestAsync<string>(watcher, "watch", TestTime.Ceiling);

        // Control passes user messages: who answers this has had the Watch.
        await watching.AskAsync(node.Pid("actor"), "settled");
        node.Root.Send(actor, "fail");
        node.Root.Send(actor, "spawn");
        node.Root.Send(actor, "block");
        await node.Events.NextAsync<Receipt>(receipt => receipt.Message is "block");
        node.Root.Send(actor, "one");
        node.Root.Send(actor, "two");

        using var report = JsonDocument.Parse((await DescribeAsync(node, node.Address, "actor")).DiagnosticsString);
        gate.Set();

        var root = report.RootElement;
        Assert.Equal("actor", root.GetProperty("id").GetString());
        Assert.Equal("actor", root.GetProperty("kind").GetString());
        Assert.NotEqual("", root.GetProperty("type").GetString());
        Assert.NotEqual("", root.GetProperty("state").GetString());
        Assert.Equal(2, root.GetProperty("userMessages").GetInt32());
        Assert.True(root.GetProperty("systemMessages").GetInt32() >= 0);
        Assert.Equal($"{node.Address}/actor/child", Assert.Single(root.GetProperty("children").EnumerateArray()).GetString());
        Assert.Equal($"{watching.Address}/watcher", Assert.Single(root.GetProperty("watchers").EnumerateArray()).GetString());
        Assert.Equal(1, root.GetProperty("restarts").GetInt32());
        var failure = root.GetProperty("lastFailure");
        Assert.Equal(typeof(InvalidOperationException).FullName, failure.GetProperty("exception").GetString());
        Assert.Equal(typeof(string).FullName, failure.GetProperty("messageType").GetString());
        Assert.NotEqual(default, failure.GetProperty("time").GetDateTimeOffset());
        Assert.DoesNotContain("on purpose", root.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "D-02")]
    public async Task Describe_AnyProcessThatIsListed_IsJson()
    {
        await using var node = await TestNode.StartAsync();
        await using var peer = await TestNode.StartAsync();
        peer.SpawnEcho();
        await node.AskAsync(peer.Pid("echo"), "connect");

        var listed = await ListAsync(node, "", Wire.ListProcessesMatchType.MatchPartOfString);

        Assert.Contains(listed.Pids, pid => pid.Id == "$endpoint/" + peer.Address);
        foreach (var pid in listed.Pids)
        {
            using var report = JsonDocument.Parse((await DescribeAsync(node, pid.Address, pid.Id)).DiagnosticsString);
            Assert.Equal(pid.Id, report.RootElement.GetProperty("id").GetString());
            Assert.All(["kind", "type", "state"], name => Assert.NotEqual("", report.RootElement.GetProperty(name).GetString()));
        }
    }

    [Theory]
    [Trait("Behaviour", "D-02")]
    [InlineData("own", "missing", StatusCode.NotFound)]
    [InlineData("", "missing", StatusCode.NotFound)]
    [InlineData("127.0.0.1:1", "actor", StatusCode.InvalidArgument)]
    [InlineData("$client/x", "actor", StatusCode.InvalidArgument)]
    [InlineData("own", "", StatusCode.InvalidArgument)]
    public async Task Describe_WhatIsNotHere_IsAStatus(string address, string id, StatusCode expected)
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("actor");

        Assert.Equal(expected, (await FailsAsync(DescribeAsync(node, address == "own" ? node.Address : address, id))).StatusCode);
    }

    [Fact]
    [Trait("Behaviour", "D-02")]
    public async Task Describe_ByAnAlias_IsOurs()
    {
        await using var node = await TestNode.StartAsync(options => options.Aliases = ["orders.example:4000"]);
        node.Spawn("actor");

        var answer = await DescribeAsync(node, "orders.example:4000", "actor");

        Assert.Contains("\"actor\"", answer.DiagnosticsString, StringComparison.Ordinal);
    }

    private static async Task<Wire.ListProcessesResponse> ListAsync(TestNode node, string pattern, Wire.ListProcessesMatchType type)
    {
        var request = new Wire.ListProcessesRequest { Pattern = pattern, Type = type };
        return await PlayedCalls.AskAsync(node.Address, RemotingMethods.ListProcesses, request);
    }

    private static async Task<Wire.GetProcessDiagnosticsResponse> DescribeAsync(TestNode node, string address, string id)
    {
        var request = new Wire.GetProcessDiagnosticsRequest { Pid = new Wire.PID { Address = address, Id = id } };
        return await PlayedCalls.AskAsync(node.Address, RemotingMethods.GetProcessDiagnostics, request);
    }

    private static async Task<Status> FailsAsync(Task call) => (await Assert.ThrowsAsync<RpcException>(() => call)).Status;
}
