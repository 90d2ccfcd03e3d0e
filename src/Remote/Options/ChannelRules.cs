using System.Net;
using Grpc.Core;
using Grpc.Net.Client;

namespace Remote;

/// <summary>
/// Which of the application's options for channels and calls can be honoured on streams that live as long as their peers. The others are
/// refused by name, with what to do instead.
/// </summary>
internal static class ChannelRules
{
    // Asks gRPC to compress what a call sends.
    private const string CompressionHeader = "grpc-internal-encoding-request";

    private static readonly GrpcChannelOptions Untouched = new();

    /// <param name="options">As given.</param>
    /// <param name="defaults">Those of a <c>RemoteConfig</c> that nobody changed.</param>
    public static IEnumerable<string?> Faults(GrpcChannelOptions options, GrpcChannelOptions defaults) =>
    [
        Unless(
            options.CompressionProviders is null || SameKinds(options.CompressionProviders, defaults.CompressionProviders),
            "CompressionProviders", "messages are not compressed, for their limit is checked before they are read; leave it out"),
        Unless(
            options.ServiceConfig?.LoadBalancingConfigs is not { Count: > 0 },
            "ServiceConfig.LoadBalancingConfigs", "a channel leads to one peer; leave it out"),
        Unless(
            options.ServiceConfig?.MethodConfigs.All(static method => method.HedgingPolicy is null) ?? true,
            "ServiceConfig.MethodConfigs", "a hedged stream would be opened several times at once; leave the HedgingPolicy out"),
        Unless(
            options.MaxReconnectBackoff == Untouched.MaxReconnectBackoff, "MaxReconnectBackoff", "RemoteOptions.Reconnect.MaxDelay is what counts"),
        Unless(
            options.InitialReconnectBackoff == Untouched.InitialReconnectBackoff,
            "InitialReconnectBackoff", "RemoteOptions.Reconnect.InitialDelay is what counts"),
        Unless(options.HttpClient is null || options.HttpHandler is null, "HttpClient", "HttpHandler is set too, and one of the two sends; leave one out"),
        Unless(
            !options.DisposeHttpClient || options is { HttpClient: null, HttpHandler: null },
            "DisposeHttpClient", "the HTTP client is used by the next connection too; dispose it with the application"),
        Unless(
            !options.ThrowOperationCanceledOnCancellation,
            "ThrowOperationCanceledOnCancellation", "nobody but this node sees the exceptions of a stream; leave it out"),
        Unless(
            options.HttpVersion is null || options.HttpVersion == HttpVersion.Version20 || options is not { HttpClient: null, HttpHandler: null },
            "HttpVersion", "another version than 2.0 needs a HttpHandler of the application that speaks it"),
    ];

    public static IEnumerable<string?> Faults(CallOptions options)
    {
        if (options.Deadline is not null)
        {
            yield return "RemoteConfig.CallOptions.Deadline cannot be honoured: a stream lives as long as its peer, and every one would end there; leave it out";
        }

        foreach (var header in options.Headers ?? [])
        {
            if (!header.IsBinary && !System.Text.Ascii.IsValid(header.Value))
            {
                yield return $"RemoteConfig.CallOptions.Headers has '{header.Key}' with other characters than ASCII, which HTTP/2 does not carry; "
                    + "use a key that ends in -bin, whose value is bytes";
            }
        }

        if (options.Headers?.Get(CompressionHeader) is not null)
        {
            yield return $"RemoteConfig.CallOptions.Headers has {CompressionHeader}: messages are not compressed; leave it out";
        }
    }

    private static bool SameKinds<T>(IList<T> given, IList<T>? defaults)
        where T : notnull =>
        defaults is not null && given.Select(static one => one.GetType()).SequenceEqual(defaults.Select(static one => one.GetType()));

    private static string? Unless(bool isValid, string option, string instead) =>
        isValid ? null : $"RemoteConfig.ChannelOptions.{option} cannot be honoured: {instead}";
}
