using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Recording 16: the diagnostic calls. Unary, so each call is made and compared by itself.</summary>
public sealed class DiagnosticsReplayTests : ReplayTests
{
    private static readonly Conversation Recorded = Conversation.Load("16-diagnostics");

    [Theory]
    [InlineData("s1")]
    [InlineData("s2")]
    [InlineData("s3")]
    [InlineData("s4")]
    [InlineData("s5")]
    [Trait("Behaviour", "D-01")]
    public async Task ListProcesses_AsNode2_AnswersAsRecorded(string stream)
    {
        await using var node = await StartNode2Async();

        var answer = Wire.ListProcessesResponse.Parser.ParseFrom(await CallAsync(node, stream));

        // The order of processes means nothing.
        Assert.Equal(RecordedPids(node, stream).Order(), answer.Pids.Select(pid => $"{pid.Address}/{pid.Id}").Order());
    }

    [Fact]
    [Trait("Behaviour", "D-01")]
    public async Task ListProcesses_AsNode2WithAnEmptyPattern_ListsAllThatTheRecordedNodeListsUnderTheSameId()
    {
        await using var node = await StartNode2Async();

        var answer = Wire.ListProcessesResponse.Parser.ParseFrom(await CallAsync(node, "s6"));

        var listed = answer.Pids.Select(pid => $"{pid.Address}/{pid.Id}").ToHashSet();
        string[] same = ["alpha", "alphabet", "beta", "$activator", "$eventstream", "$deadletter"];
        Assert.All(same.Select(id => $"{node.Address}/{id}"), pid => Assert.Contains(pid, listed));
        Assert.All(same.Select(id => $"{node.Address}/{id}"), pid => Assert.Contains(pid, RecordedPids(node, "s6")));
    }

    [Fact]
    [Trait("Behaviour", "D-01")]
    public async Task ListProcesses_AsNode2WithABadRegex_IsInvalidArgumentAndNamesThePattern()
    {
        await using var node = await StartNode2Async();

        // Difference.MeaningfulStatus: recorded is UNKNOWN with the text of an exception.
        var failure = await Assert.ThrowsAsync<RpcException>(() => CallAsync(node, "s7"));

        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        Assert.Contains("'('", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s8", "alpha")]
    [InlineData("s9", "$activator")]
    [Trait("Behaviour", "D-02")]
    public async Task GetProcessDiagnostics_AsNode2_DescribesTheProcess(string stream, string id)
    {
        await using var node = await StartNode2Async();

        // What is said is up to each implementation; that something is said about this process is not.
        var answer = Wire.GetProcessDiagnosticsResponse.Parser.ParseFrom(await CallAsync(node, stream));

        using var json = System.Text.Json.JsonDocument.Parse(answer.DiagnosticsString);
        Assert.Equal(id, json.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    [Trait("Behaviour", "D-02")]
    public async Task GetProcessDiagnostics_AsNode2OfAMissingActor_IsNotFound()
    {
        await using var node = await StartNode2Async();

        // Difference.MeaningfulStatus: the recorded node never answers, the call ends with its deadline.
        var failure = await Assert.ThrowsAsync<RpcException>(() => CallAsync(node, "s10"));

        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    }

    [Theory]
    [InlineData("s11")]
    [InlineData("s12")]
    [Trait("Behaviour", "D-01")]
    public async Task Diagnostics_AsNode1WithDiagnosticsOff_AreRefused(string stream)
    {
        await using var node = await TestNode.StartAsync(options => options.Diagnostics.Enabled = false);

        // Difference.MeaningfulStatus: recorded is UNKNOWN.
        var failure = await Assert.ThrowsAsync<RpcException>(() => CallAsync(node, stream));

        Assert.Equal(StatusCode.PermissionDenied, failure.StatusCode);
    }

    private static async Task<TestNode> StartNode2Async()
    {
        var node = await TestNode.StartAsync();
        foreach (var id in new[] { "alpha", "alphabet", "beta" })
        {
            node.Spawn(id);
        }

        return node;
    }

    private static async Task<byte[]> CallAsync(TestNode node, string stream)
    {
        var request = Recorded.Entries.Single(entry => entry.Stream == stream && entry is { Kind: RecordedKind.Message, IsRequest: true });
        var method = request.Case.Replace("remote.", "", StringComparison.Ordinal).Replace("Request", "", StringComparison.Ordinal);
        var bytes = Marshallers.Create(static message => message, static message => message);
        return await PlayedCalls.AskAsync(node.Address, new Method<byte[], byte[]>(MethodType.Unary, "remote.Remoting", method, bytes, bytes), Rewrite(node, request));
    }

    private static byte[] Rewrite(TestNode node, RecordedEntry request)
    {
        if (request.Case != "remote.GetProcessDiagnosticsRequest")
        {
            return request.Bytes;
        }

        var message = Wire.GetProcessDiagnosticsRequest.Parser.ParseFrom(request.Bytes);
        message.Pid.Address = node.Address;
        return message.ToByteArray();
    }

    private static IEnumerable<string> RecordedPids(TestNode node, string stream)
    {
        var entry = Recorded.Entries.Single(entry => entry.Stream == stream && entry is { Kind: RecordedKind.Message, IsRequest: false });
        return Wire.ListProcessesResponse.Parser.ParseFrom(entry.Bytes).Pids.Select(pid => $"{node.Address}/{pid.Id}").ToArray();
    }
}
