using Grpc.Net.Client;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>etcd ends just when a stream to it begins: what is written then fails with what HTTP/2 has to say, not with a status of gRPC.</summary>
[Trait("Behaviour", "K-06")]
public sealed class BrokenConnectionTests
{
    private static readonly Uri Endpoint = new("http://127.0.0.1:2379");

    public static TheoryData<Exception> Ends =>
    [
        new HttpIOException(HttpRequestError.ResponseEnded, "The response ended prematurely."),
        new IOException("The request was aborted."),
        new HttpRequestException("Connection refused"),
    ];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Step_FailsBelowGrpc_IsALostConnection(Exception end)
    {
        using var channel = GrpcChannel.ForAddress(Endpoint);
        using var connection = new EtcdConnection(Endpoint, channel, TimeSpan.FromSeconds(1), TimeProvider.System);

        var lost = await Assert.ThrowsAsync<EtcdCallException>(() => connection.JudgeAsync<int>(() => throw end, CancellationToken.None));

        Assert.Equal((EtcdFailure.Unreachable, false), (lost.Failure, lost.IsFinal));
        Assert.Contains(end.Message, lost.Message, StringComparison.Ordinal);
        Assert.Same(end, lost.InnerException);
    }
}
