using System.Net.Sockets;
using Grpc.Core;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>What a lost connection to etcd is put down to: each answer leads somebody to another option.</summary>
public sealed class FailureJudgeTests
{
    [Theory]
    [InlineData("https", HttpRequestError.SecureConnectionError, true, EtcdFailure.TlsFailed)]
    [InlineData("https", HttpRequestError.SecureConnectionError, false, EtcdFailure.TlsFailed)]
    [InlineData("https", HttpRequestError.ConnectionError, true, EtcdFailure.Unreachable)]
    [InlineData("https", HttpRequestError.ConnectionError, false, EtcdFailure.TlsFailed)]
    [InlineData("http", HttpRequestError.ConnectionError, true, EtcdFailure.Unreachable)]
    [InlineData("http", HttpRequestError.ConnectionError, false, EtcdFailure.Unreachable)]
    public void Judge_ALostConnection_IsPutDownToTls_WhereItWasTls(string scheme, HttpRequestError error, bool socket, EtcdFailure expected)
    {
        Exception innermost = socket ? new SocketException((int)SocketError.ConnectionReset) : new IOException("The end.");
        var cause = new HttpRequestException(error, "It did not connect.", new IOException("It was not read.", innermost));

        var judged = FailureJudge.Judge(new Uri($"{scheme}://etcd:2379"), new RpcException(new Status(StatusCode.Unavailable, "", cause)));

        Assert.Equal((expected, false), (judged.Failure, judged.IsFinal));
        Assert.Contains(innermost.Message, judged.Message, StringComparison.Ordinal);
    }
}
