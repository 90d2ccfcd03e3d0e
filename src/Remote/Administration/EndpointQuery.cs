using Grpc.Core;

namespace Remote;

/// <summary>Which peers a call asks for.</summary>
/// <param name="AddressPart">A part of their addresses, without regard to case.</param>
/// <param name="Limit">At most so many.</param>
/// <param name="After">Only addresses behind this one.</param>
/// <param name="SkipClosed">Whether those that have ended are left out.</param>
internal sealed record EndpointQuery(string AddressPart, int Limit, string After, bool SkipClosed)
{
    private const int DefaultLimit = 1_000;
    private const int MaxLimit = 10_000;

    /// <exception cref="RpcException">INVALID_ARGUMENT: a figure is out of range, or a text too long.</exception>
    public static EndpointQuery Of(string addressPart, int limit, string after, bool skipClosed)
    {
        if (limit is < 0 or > MaxLimit)
        {
            throw CallFailure.Of(StatusCode.InvalidArgument, $"The limit is {limit}; it must be 1 to {MaxLimit}, or 0 for {DefaultLimit}.");
        }

        if (addressPart.Length > Handshake.MaxAddressLength || after.Length > Handshake.MaxAddressLength)
        {
            throw CallFailure.Of(StatusCode.InvalidArgument, $"An address has at most {Handshake.MaxAddressLength} characters.");
        }

        return new EndpointQuery(addressPart, limit == 0 ? DefaultLimit : limit, after, skipClosed);
    }

    public bool Wants(string address) => AddressPart.Length == 0 || address.Contains(AddressPart, StringComparison.OrdinalIgnoreCase);

    public bool IsBehind(string address) => string.CompareOrdinal(address, After) > 0;
}
