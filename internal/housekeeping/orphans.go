package housekeeping

import "context"

// orphanChunk is how many orphaned objects are removed together.
const orphanChunk = 100

// removeOrphans removes objects that no image uses, from failed uploads and deleted images.
func (k *Janitor) removeOrphans(ctx context.Context) error {
	for {
		keys, err := k.Store.Orphans(ctx, orphanChunk)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			if err := k.Images.Delete(ctx, key); err != nil {
				return err
			}
		}
		if err := k.Store.ForgetObjects(ctx, keys); err != nil {
			return err
		}
	}
}
