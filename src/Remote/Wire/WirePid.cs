namespace Remote;

/// <summary>
/// A PID as it is written: address and id, the id perhaps behind the name of the client it belongs to. Kept in three parts so that a
/// proxied id needs no new string per message.
/// </summary>
internal readonly record struct WirePid(string Address, string? Client, string Id)
{
    /// <summary>The id in one piece.</summary>
    internal string FullId => Client is null ? Id : $"{Client}/{Id}";

    /// <summary>Bytes of the id in UTF-8.</summary>
    internal int IdLength =>
        (Client is null ? 0 : WireFormat.StrictUtf8.GetByteCount(Client) + 1) + WireFormat.StrictUtf8.GetByteCount(Id);

    private int AddressLength => WireFormat.StrictUtf8.GetByteCount(Address);

    /// <summary>Bytes of an actor.PID without tag and length.</summary>
    internal int MessageSize(uint requestId)
    {
        var address = AddressLength;
        var id = IdLength;
        return (address == 0 ? 0 : WireFormat.DelimitedSize(address))
            + (id == 0 ? 0 : WireFormat.DelimitedSize(id))
            + (requestId == 0 ? 0 : 1 + WireFormat.VarintSize(requestId));
    }

    /// <summary>Writes an actor.PID without tag and length; returns the position after it.</summary>
    internal int WriteMessage(Span<byte> destination, int position, uint requestId)
    {
        var address = AddressLength;
        if (address > 0)
        {
            position = WireFormat.WriteText(destination, position, WireFormat.Actor.Address, Address, address);
        }

        var id = IdLength;
        if (id > 0)
        {
            position = WireFormat.WriteField(destination, position, WireFormat.Actor.Id, (uint)id);
            position = WriteId(destination, position);
        }

        return requestId == 0 ? position : WireFormat.WriteField(destination, position, WireFormat.Actor.RequestId, requestId);
    }

    /// <summary>Writes the id alone, without tag and length.</summary>
    internal int WriteId(Span<byte> destination, int position)
    {
        if (Client is not null)
        {
            position += WireFormat.StrictUtf8.GetBytes(Client, destination[position..]);
            destination[position++] = (byte)'/';
        }

        return position + WireFormat.StrictUtf8.GetBytes(Id, destination[position..]);
    }
}
