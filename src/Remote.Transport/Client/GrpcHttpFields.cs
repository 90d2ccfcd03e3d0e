using System.Net.Http.Headers;

namespace Remote.Transport;

/// <summary>Carries metadata and status between gRPC and the HTTP client's header collections.</summary>
internal static class GrpcHttpFields
{
    public static void Write(GrpcMetadata? metadata, HttpRequestHeaders headers)
    {
        if (metadata is null)
        {
            return;
        }

        foreach (GrpcMetadataEntry entry in metadata)
        {
            headers.TryAddWithoutValidation(entry.Key, entry.Text);
        }
    }

    public static GrpcMetadata Read(HttpHeaders headers)
    {
        var metadata = new GrpcMetadata();
        foreach ((string name, HeaderStringValues values) in headers.NonValidated)
        {
            if (!GrpcMetadata.IsReserved(name.ToLowerInvariant()))
            {
                foreach (string value in values)
                {
                    metadata.AddReceived(name, value);
                }
            }
        }

        return metadata;
    }

    public static bool TryReadStatus(HttpHeaders headers, out GrpcStatus status)
    {
        if (!headers.NonValidated.TryGetValues("grpc-status", out HeaderStringValues codes))
        {
            status = default;
            return false;
        }

        string? message = headers.NonValidated.TryGetValues("grpc-message", out HeaderStringValues values) ? values.ToString() : null;
        status = new GrpcStatus(GrpcStatusMapping.ParseCode(codes.ToString()), message is null ? null : GrpcStatusText.Decode(message));
        return true;
    }

    public static string? ReadSingle(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.ToString() : null;
}
