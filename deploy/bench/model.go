package main

// The marketplace on one machine as a closed queueing network: buyers who buy again as soon as they
// have bought, a station with as many servers as there are cores, at which a purchase takes a CPU
// time, and a delay for disks and networks without a queue. Mean value analysis gives its
// throughput; docs/scale.md uses it.

// network is calibrated by two measured points.
type network struct {
	servers int
	demand  float64 // seconds of CPU of one purchase, of all processes
	delay   float64 // seconds that it waits for anything else
}

// calibrate makes a network of the throughput of one buyer alone and of the most that has been
// measured, both in purchases per second.
func calibrate(servers int, alone, most float64) network {
	n := network{servers: servers, demand: float64(servers) / most}
	n.delay = max(0, 1/alone-n.demand)
	return n
}

// throughput is what so many buyers reach, in purchases per second. A station of several
// servers is taken as a faster single one and a delay (Seidmann's approximation).
func (n network) throughput(buyers int) (perSecond float64) {
	queue := n.demand / float64(n.servers)
	elsewhere := n.delay + n.demand - queue
	var waiting float64 // how many are at the station, of one buyer fewer
	for b := 1; b <= buyers; b++ {
		response := queue * (1 + waiting)
		perSecond = float64(b) / (response + elsewhere)
		waiting = perSecond * response
	}
	return perSecond
}

// predict compares the model, which is given the first and the best of the measured points,
// with the others.
func (b *bench) predict(measured *table) {
	rates := measured.numbers("purchases/s")[0]
	if len(rates) < 3 || measured.Rows[0][0] != 1 {
		return
	}
	best := 0
	for i, r := range rates {
		if r > rates[best] {
			best = i
		}
	}
	n := calibrate(b.Cores, rates[0], rates[best])
	t := b.table("What a queueing model makes of the first and the best point", "buyers", "measured/s", "model/s",
		"given",
		"CPU s of a purchase", "waiting s")
	for i, row := range measured.Rows {
		t.row(row[0], rates[i], n.throughput(row[0].(int)), i == 0 || i == best, n.demand, n.delay)
	}
	t.print()
}
