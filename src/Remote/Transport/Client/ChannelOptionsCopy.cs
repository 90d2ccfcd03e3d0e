using Grpc.Core;
using Grpc.Net.Client;

namespace Remote;

/// <summary>
/// Takes the application's options for channels over: each channel needs an object of its own, for what is ours in it, and gRPC has no way
/// to copy one.
/// </summary>
internal static class ChannelOptionsCopy
{
    private static readonly GrpcChannelOptions Defaults = new();

    /// <summary>Everything that has a meaning here; what has none is refused at start by name.</summary>
    public static GrpcChannelOptions Of(GrpcChannelOptions given) => new()
    {
        Credentials = given.Credentials,
        MaxSendMessageSize = given.MaxSendMessageSize,
        MaxRetryAttempts = given.MaxRetryAttempts,
        MaxRetryBufferSize = given.MaxRetryBufferSize,
        MaxRetryBufferPerCallSize = given.MaxRetryBufferPerCallSize,
        LoggerFactory = given.LoggerFactory,
        HttpClient = given.HttpClient,
        HttpHandler = given.HttpHandler,
        DisposeHttpClient = false,
        UnsafeUseInsecureChannelCallCredentials = given.UnsafeUseInsecureChannelCallCredentials,
        ServiceConfig = given.ServiceConfig,
        DisableResolverServiceConfig = given.DisableResolverServiceConfig,
        ServiceProvider = given.ServiceProvider,
        HttpVersion = given.HttpVersion,
        HttpVersionPolicy = given.HttpVersionPolicy,
    };

    /// <summary>The application's own limit where it set one, otherwise the node's.</summary>
    public static int? MaxReceiveOf(ChannelSettings settings) =>
        settings.Channel.MaxReceiveMessageSize == Defaults.MaxReceiveMessageSize ? settings.MaxReceiveMessageBytes : settings.Channel.MaxReceiveMessageSize;

    /// <summary>Whether the credentials are of a kind that only works with TLS.</summary>
    public static bool IsSecure(GrpcChannelOptions options)
    {
        var found = new SecureConfigurator();
        options.Credentials?.InternalPopulateConfiguration(found, null!);
        return found.IsSecure;
    }

    private sealed class SecureConfigurator : ChannelCredentialsConfiguratorBase
    {
        public bool IsSecure { get; private set; }

        public override void SetInsecureCredentials(object state) => IsSecure = false;

        public override void SetSslCredentials(
            object state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback) => IsSecure = true;

        public override void SetCompositeCredentials(object state, ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
            channelCredentials.InternalPopulateConfiguration(this, state);
    }
}
