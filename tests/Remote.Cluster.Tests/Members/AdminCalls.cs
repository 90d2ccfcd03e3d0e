using Grpc.Net.Client;
using Wire = Remote.Protocol;

namespace Remote.Cluster.Tests;

/// <summary>Asks the administration service of a node about its cluster, as any gRPC client may.</summary>
internal static class AdminCalls
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    public static async Task<Wire.GetClusterResponse> GetClusterAsync(string address, string kind = "", params string[] identities)
    {
        using var channel = GrpcChannel.ForAddress($"http://{address}");
        return await new Wire.Admin.AdminClient(channel).GetClusterAsync(
            new Wire.GetClusterRequest { Kind = kind, Identities = { identities } }, deadline: DateTime.UtcNow + Ceiling);
    }
}
