using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Which events a watcher wants. Immutable.</summary>
internal sealed class EventFilter
{
    private readonly HashSet<string> _types;
    private readonly string _addressPart;

    private EventFilter(IEnumerable<string> types, string addressPart) => (_types, _addressPart) = (new(types, StringComparer.Ordinal), addressPart);

    /// <exception cref="RpcException">INVALID_ARGUMENT: there is no such event, or a text is too long.</exception>
    public static EventFilter Of(Wire.WatchEventsRequest request)
    {
        if (request.Types_.FirstOrDefault(static type => !EventDescription.Types.Contains(type, StringComparer.Ordinal)) is { } unknown)
        {
            var named = unknown.Length <= 64 ? unknown.ReplaceLineEndings(" ") : "A type";
            throw CallFailure.Of(StatusCode.InvalidArgument, $"{named} is no event; there are: {string.Join(", ", EventDescription.Types)}.");
        }

        return request.AddressPart.Length <= Handshake.MaxAddressLength
            ? new EventFilter(request.Types_.Count == 0 ? EventDescription.Types : request.Types_, request.AddressPart)
            : throw CallFailure.Of(StatusCode.InvalidArgument, $"An address has at most {Handshake.MaxAddressLength} characters.");
    }

    public bool WantsType(string type) => _types.Contains(type);

    public bool Wants(EventRecord record) =>
        WantsType(record.Type) && (_addressPart.Length == 0 || record.Address.Contains(_addressPart, StringComparison.OrdinalIgnoreCase));
}
