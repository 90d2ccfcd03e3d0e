using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Remote;

/// <summary>Sends the shared secret along with each stream that this node opens. The innermost of all, so that no other sees it.</summary>
internal sealed class SecretInterceptor(SharedSecretFile secret) : Interceptor
{
    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        // The application's own headers are one object for all calls.
        var headers = new Metadata();
        foreach (var header in context.Options.Headers ?? [])
        {
            headers.Add(header);
        }

        if (secret.ToSend is { } value)
        {
            headers.Add(SharedSecretFile.Header, value);
        }

        return continuation(new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, context.Options.WithHeaders(headers)));
    }
}
