// Package seed fills a database: with the small fixed set of the demo profile,
// or with millions of rows for load tests.
package seed

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
)

// These passwords are known to everybody: seeds are for the local profile only.
const (
	demoBuyerPassword  = "buyer1234!"
	demoSellerPassword = "seller1234!"
	demoAdminPassword  = "admin1234!"
	loadPassword       = "1234567890"
)

var demoProducts = []struct {
	category, name, description string
	price                       market.Money
	stock                       int32
	pictures                    []string
}{
	{"전자제품", "무선 이어폰", "노이즈 캔슬링 무선 이어폰", 89_000_00, 100, []string{"earbuds", "earbuds-2"}},
	{"전자제품", "기계식 키보드", "적축 기계식 키보드", 129_000_00, 50, []string{"keyboard"}},
	{"전자제품", "게이밍 마우스", "초경량 게이밍 마우스", 59_000_00, 80, []string{"mouse"}},
	{"전자제품", "스마트 워치", "심박 측정 스마트 워치", 189_000_00, 60, []string{"watch"}},
	{"의류", "면 티셔츠", "부드러운 순면 티셔츠", 19_900_00, 300, []string{"t-shirt"}},
	{"의류", "청바지", "편안한 스트레이트 청바지", 49_900_00, 150, []string{"jeans"}},
	{"의류", "경량 패딩", "가볍고 따뜻한 경량 패딩", 99_000_00, 70, []string{"coat"}},
	{"식품", "원두 커피", "갓 볶은 원두 커피 500g", 15_900_00, 500, []string{"coffee"}},
	{"식품", "수제 그래놀라", "견과류 듬뿍 수제 그래놀라", 12_900_00, 200, []string{"granola"}},
	{"식품", "제주 감귤", "새콤달콤 제주 감귤 3kg", 24_900_00, 120, []string{"tangerine"}},
	{"전자제품", "미러리스 카메라", "가벼운 여행용 미러리스 카메라", 749_000_00, 15, []string{"camera"}},
	{"의류", "러닝화", "쿠션이 좋은 러닝화", 79_000_00, 90, []string{"trainers"}},
	{"의류", "볼캡", "사이즈 조절이 되는 볼캡", 25_000_00, 0, []string{"cap"}},
	{"식품", "아카시아 꿀", "국산 아카시아 꿀 600g", 28_000_00, 140, []string{"honey"}},
	{"생활용품", "원목 의자", "튼튼한 원목 의자", 64_000_00, 8, []string{"chair"}},
	{"생활용품", "몬스테라 화분", "키우기 쉬운 몬스테라 화분", 22_000_00, 40, []string{"plant"}},
	{"생활용품", "곰 인형", "포근한 40cm 곰 인형", 18_000_00, 75, []string{"bear"}},
	{"생활용품", "소설 3권 세트", "올해의 소설 3권 세트", 39_000_00, 60, []string{"books"}},
}

// Demo creates the demo accounts, products with pictures and one open order for each demo
// buyer, sales of days that have ended, a seller who waits for approval, and ten
// load buyers. Passwords are hashed at a bcrypt cost. What is already there stays as
// it is.
func Demo(ctx context.Context, s *store.Store, objects *images.Store, bcryptCost int) error {
	pool := s.Pool()
	var seeded bool
	if err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sellers WHERE email = 'seller@example.com')`).Scan(&seeded); err != nil {
		return err
	}
	if !seeded {
		if err := demoShop(ctx, pool, bcryptCost); err != nil {
			return err
		}
	}
	if err := demoPictures(ctx, s, objects); err != nil {
		return fmt.Errorf("demo pictures: %w", err)
	}
	hash, err := auth.HashPassword(demoAdminPassword, bcryptCost)
	if err != nil {
		return err
	}
	if _, err := s.CreateAdmin(ctx, "admin@example.com", hash, "John Cena"); err != nil {
		return err
	}
	for _, b := range []struct {
		email       market.Email
		name, phone string
		product     int
	}{{"buyer1@example.com", "김구매", "010-1111-2222", 0}, {"buyer2@example.com", "이쇼핑", "010-3333-4444", 4}} {
		if err := demoBuyer(ctx, s, bcryptCost, b.email, b.name, b.phone, b.product); err != nil {
			return fmt.Errorf("demo buyer %s: %w", b.email, err)
		}
	}
	if err := pendingSeller(ctx, s, bcryptCost); err != nil {
		return fmt.Errorf("demo seller who waits for approval: %w", err)
	}
	if err := pastSales(ctx, s); err != nil {
		return fmt.Errorf("past sales: %w", err)
	}
	return loadBuyers(ctx, s, bcryptCost)
}

// pendingSeller creates a seller for an admin to approve.
func pendingSeller(ctx context.Context, s *store.Store, bcryptCost int) error {
	hash, err := auth.HashPassword(demoSellerPassword, bcryptCost)
	if err != nil {
		return err
	}
	_, err = s.CreateSeller(ctx,
		store.SellerSignup{Email: "seller2@example.com", PasswordHash: hash, Name: "성춘향", Phone: "010-5678-5678",
			StoreName: "남원상회", BizNumber: "biz67900", BankCode: "KOOKMIN", BankAccount: "01-654321-654321"})
	if market.CodeOf(err) == market.CodeEmailAlreadyExists || market.CodeOf(err) == market.CodeDataConflict {
		return nil
	}
	return err
}

// salesDays is the number of days before today that have demo sales.
const salesDays = 14

// pastSales sells pieces on each of the last days, and on the last day of the period that ended last, so that the
// first close of a day settles and pays. Orders before yesterday are delivered.
func pastSales(ctx context.Context, s *store.Store) error {
	buyer, err := s.BuyerCredentials(ctx, "buyer2@example.com")
	if err != nil {
		return err
	}
	sim, err := simulator.New(ctx, s.Pool())
	if err != nil {
		return err
	}
	yesterday := s.Today().Add(-1)
	settled := yesterday
	for _, ends := market.PeriodEnding(settled); !ends; _, ends = market.PeriodEnding(settled) {
		settled = settled.Add(-1)
	}
	days := []market.Day{settled}
	for n := range salesDays {
		days = append(days, yesterday.Add(n-salesDays+1))
	}
	for i, day := range days {
		p := demoProducts[(7+5*i)%len(demoProducts)]
		if p.stock == 0 {
			continue
		}
		item, seller, err := pastSale(ctx, s, sim, buyer.ID, fmt.Sprintf("seed-past-%d", i), p.name, day)
		if err != nil {
			return err
		}
		if item == 0 || day == yesterday {
			continue
		}
		if _, err := s.ShipItem(ctx, seller, item, "CJ", fmt.Sprintf("6000-1234-%04d", i)); err != nil {
			return err
		}
		if _, err := s.DeliverItem(ctx, seller, item); err != nil {
			return err
		}
	}
	return nil
}

// pastSale places an order that was paid at noon of a day, and returns its line and the seller. It is idempotent by its
// key: a second call returns no line.
func pastSale(
	ctx context.Context, s *store.Store, sim *simulator.Simulator, buyerID int64, key, product string, day market.Day,
) (item int64, seller market.SellerID, err error) {
	pool := s.Pool()
	var done bool
	if err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM checkout_attempts WHERE buyer_id = $1 AND checkout_key = $2)`,
		buyerID, key).Scan(&done); err != nil || done {
		return 0, 0, err
	}
	productID, sellerID, err := demoProduct(ctx, s, product)
	if err != nil {
		return 0, 0, err
	}
	addresses, err := s.Addresses(ctx, market.BuyerID(buyerID))
	if err != nil {
		return 0, 0, err
	}
	cart, err := s.AddToCart(ctx, market.BuyerID(buyerID), productID, 2,
		market.PageRequest{Size: 1, Sort: "createdAt", Desc: true})
	if err != nil {
		return 0, 0, err
	}
	o, err := s.PlaceOrder(ctx,
		store.Checkout{
			BuyerID: buyerID, Key: key, CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: addresses[0].ID,
		})
	if err != nil {
		return 0, 0, err
	}
	noon := day.Start().Add(12 * time.Hour)
	if _, err := pool.Exec(ctx, `UPDATE orders SET created_at = $2 WHERE id = $1`, o.OrderID, noon); err != nil {
		return 0, 0, err
	}
	if err := pool.QueryRow(ctx, `UPDATE order_items SET created_at = $2 WHERE order_id = $1 RETURNING id`, o.OrderID,
		noon).Scan(&item); err != nil {
		return 0, 0, err
	}
	past := s.At(noon)
	opened, err := past.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: o.OrderID, BuyerID: market.BuyerID(buyerID), Method: market.MethodMock, RunID: "seed",
	})
	if err != nil {
		return 0, 0, err
	}
	p := opened.Payment
	impUID, err := sim.Record(ctx, p.MerchantUID, p.Amount)
	if err != nil {
		return 0, 0, err
	}
	_, err = past.ApprovePayment(ctx, store.OrderPayment{OrderID: o.OrderID, PaymentID: p.ID},
		store.Charge{ImpUID: impUID, Amount: p.Amount})
	return item, market.SellerID(sellerID), err
}

// demoShop creates the demo seller with its categories and products, in one go:
// its email address is what marks the shop as seeded, so it comes last.
func demoShop(ctx context.Context, pool *pgxpool.Pool, bcryptCost int) error {
	hash, err := auth.HashPassword(demoSellerPassword, bcryptCost)
	if err != nil {
		return err
	}
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	var sellerID int64
	if err := tx.QueryRow(ctx,
		`INSERT INTO sellers (email, password, name, phone, store_name, biz_number, bank_code, bank_account, status)
		VALUES ('seller@example.com', $1, '홍길동', '010-1234-1234', 'all-in-market', 'biz67899', 'KOOKMIN', '01-123456-123456', 'APPROVED') RETURNING id`,
		hash).Scan(&sellerID); err != nil {
		return err
	}
	categories := map[string]int64{}
	for i, p := range demoProducts {
		if _, ok := categories[p.category]; !ok {
			var id int64
			if err := tx.QueryRow(ctx, `INSERT INTO categories (name, sort_order) VALUES ($1, $2)
				ON CONFLICT (name) WHERE deleted_at IS NULL DO UPDATE SET sort_order = excluded.sort_order RETURNING id`, p.category, i).Scan(&id); err != nil {
				return err
			}
			categories[p.category] = id
		}
		if _, err := tx.Exec(ctx,
			`INSERT INTO products (seller_id, category_id, name, description, price, stock) VALUES ($1, $2, $3, $4, $5, $6)`,
			sellerID, categories[p.category], p.name, p.description, p.price, p.stock); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

func demoBuyer(
	ctx context.Context, s *store.Store, bcryptCost int, email market.Email, name, phone string, product int,
) error {
	id, err := ensureBuyer(ctx, s, bcryptCost, email, demoBuyerPassword, name, phone)
	if err != nil {
		return err
	}
	addresses, err := s.Addresses(ctx, market.BuyerID(id))
	if err != nil || len(addresses) > 0 {
		return err
	}
	var productID int64
	if err := s.Pool().QueryRow(ctx,
		`SELECT p.id FROM products p JOIN sellers r ON r.id = p.seller_id WHERE r.email = 'seller@example.com' AND p.name = $1`,
		demoProducts[product].name).Scan(&productID); err != nil {
		return err
	}
	cart, err := s.AddToCart(ctx, market.BuyerID(id), productID, 2, market.PageRequest{Size: 1})
	if err != nil {
		return err
	}
	// The address marks the buyer as seeded; only the open order can be missing after a crash here.
	address, err := s.CreateAddress(ctx, market.BuyerID(id), market.AddressInput{
		Recipient: name, Phone: phone, Detail: "서울특별시 강남구 테헤란로 123", DeliveryNote: "부재 시 문 앞에 놓아 주세요",
	})
	if err != nil {
		return err
	}
	_, err = s.PlaceOrder(ctx,
		store.Checkout{BuyerID: id, Key: "seed", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: address.ID})
	return err
}

// demoLoadBuyers is how many of the load profile's buyers the demo has.
const demoLoadBuyers = 10

func loadBuyers(ctx context.Context, s *store.Store, bcryptCost int) error {
	for i := range demoLoadBuyers {
		phone := fmt.Sprintf("010-0000-%04d", i)
		name := fmt.Sprintf("buyer_%d", i)
		id, err := ensureBuyer(ctx, s, bcryptCost, market.Email(fmt.Sprintf("user%d@test.com", i)), loadPassword, name,
			phone)
		if err != nil {
			return err
		}
		if addresses, err := s.Addresses(ctx, market.BuyerID(id)); err != nil {
			return err
		} else if len(addresses) == 0 {
			if _, err := s.CreateAddress(ctx, market.BuyerID(id), market.AddressInput{
				Recipient: name, Phone: phone, Detail: fmt.Sprintf("address_%d", i),
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

func ensureBuyer(
	ctx context.Context, s *store.Store, bcryptCost int, email market.Email, password, name, phone string,
) (int64, error) {
	if c, err := s.BuyerCredentials(ctx, email); market.CodeOf(err) != market.CodeBuyerNotFound {
		return c.ID, err
	}
	hash, err := auth.HashPassword(password, bcryptCost)
	if err != nil {
		return 0, err
	}
	return s.CreateBuyer(ctx, store.BuyerSignup{Email: email, PasswordHash: hash, Name: name, Phone: phone})
}
