using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Remote.Transport;

/// <summary>Carries metadata and status between gRPC and the web server's header collections.</summary>
internal static class GrpcServerFields
{
    public static void WriteHead(HttpResponse response, GrpcMetadata headers)
    {
        response.ContentType = GrpcStatusMapping.ContentType;
        response.Headers["grpc-accept-encoding"] = GrpcInflater.Accepted;
        Write(response.Headers, headers);
    }

    public static void WriteStatus(IHeaderDictionary target, GrpcStatus status, GrpcMetadata? trailers)
    {
        target["grpc-status"] = ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
        {
            target["grpc-message"] = GrpcStatusText.Encode(status.Detail);
        }

        if (trailers is not null)
        {
            Write(target, trailers);
        }
    }

    public static void AddTo(GrpcMetadata metadata, string name, StringValues values)
    {
        if (GrpcMetadata.IsReserved(name.ToLowerInvariant()))
        {
            return;
        }

        foreach (string? value in values)
        {
            metadata.AddReceived(name, value ?? "");
        }
    }

    private static void Write(IHeaderDictionary target, GrpcMetadata metadata)
    {
        foreach (GrpcMetadataEntry entry in metadata)
        {
            target[entry.Key] = StringValues.Concat(target[entry.Key], entry.Text);
        }
    }
}
