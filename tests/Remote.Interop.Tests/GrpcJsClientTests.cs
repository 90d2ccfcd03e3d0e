using Remote.Transport;

namespace Remote.Interop.Tests;

/// <summary>grpc-js calls us. The scenarios, with what they assert, are in node/client.js.</summary>
[Trait("Needs", "Peers")]
public sealed class GrpcJsClientTests
{
    [Theory]
    [InlineData("empty_unary")]
    [InlineData("large_unary")]
    [InlineData("client_streaming")]
    [InlineData("server_streaming")]
    [InlineData("ping_pong")]
    [InlineData("empty_stream")]
    [InlineData("cancel_after_begin")]
    [InlineData("cancel_after_first_response")]
    [InlineData("metadata")]
    [InlineData("unimplemented_method")]
    [InlineData("unimplemented_service")]
    [Trait("Behaviour", "T-01")]
    public Task GrpcJsCallsUs_Shapes(string scenario) => PlayAsync(scenario);

    [Theory]
    [InlineData("deadline")]
    [InlineData("status_code_and_message")]
    [InlineData("special_status_message")]
    [Trait("Behaviour", "T-02")]
    public Task GrpcJsCallsUs_Status(string scenario) => PlayAsync(scenario);

    [Fact]
    [Trait("Behaviour", "T-03")]
    public Task GrpcJsCallsUs_Compressed() => PlayAsync("compressed_request");

    private static async Task PlayAsync(string scenario)
    {
        await using GrpcServer server = await PeerService.StartAsync();

        (int exitCode, string output) = await NodeProcess.PlayAsync(server.Addresses[0], scenario);

        Assert.True(exitCode == 0, output);
        Assert.Contains($"{scenario}: ok", output);
    }
}
