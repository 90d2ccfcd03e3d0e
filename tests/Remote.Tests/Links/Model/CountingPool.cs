using System.Buffers;

namespace Remote.Tests.Links.Model;

/// <summary>Knows what was not given back, and overwrites what was, so that a late reader shows.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly TaskCompletionSource _allReturned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal int Rented { get; private set; }

    /// <summary>Completes when for the first time everything has come back.</summary>
    internal Task AllReturned => _allReturned.Task;

    public override byte[] Rent(int minimumLength)
    {
        Rented++;
        return Shared.Rent(minimumLength);
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        Rented--;
        array.AsSpan().Fill(0xEE);
        Shared.Return(array);
        if (Rented == 0)
        {
            _allReturned.TrySetResult();
        }
    }
}
